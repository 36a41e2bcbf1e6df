//! One web session: its credentials, its names for people, and where it stands.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::account::Account;
use super::keys::{Keys, Log};
use super::peer::Peer;
use super::rate::Class;
use super::stream::Stream;
use super::{AccountId, ExchangeId, SessionId};

pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) account: AccountId,
    pub(super) uin: u32,
    pub(super) sid: String,
    pub(super) skey: String,
    pub(super) pass_ticket: String,
    pub(super) data_ticket: String,
    /// The second `wxloadtime` was first given with.
    pub(super) born: Duration,
    /// Until when the cookies of the last renewal live.
    pub(super) cookies_until: Duration,
    /// The code that answers everything once the session is over.
    pub(super) over: Option<i64>,
    /// How often the client was told so.
    pub(super) told: u32,
    /// It was entered as the desktop shell.
    pub(super) desktop: bool,
    /// It was started from cookies alone: the client has no `pass_ticket`.
    pub(super) ticket_lost: bool,
    pub(super) log: Log,
    /// Keys of the newest `webwxsync`, and whether one was answered since the init.
    pub(super) last_keys: Keys,
    pub(super) synced: bool,
    /// Since then the two lists stand apart: the client sent media, or the phone read a chat.
    pub(super) apart: bool,
    pub(super) last_sync: Duration,
    /// Something calls for a `webwxsync`.
    pub(super) sync_due: bool,
    /// The `webwxsync` whose answer was not taken yet.
    pub(super) syncing: Option<ExchangeId>,
    /// The newest `synccheck` or `webwxsync` that was answered.
    pub(super) answered: Option<ExchangeId>,
    /// The held `synccheck`.
    pub(super) poll: Option<ExchangeId>,
    pub(super) inits: u32,
    /// What the client was last seen with.
    pub(super) device: String,
    pub(super) device_uses: u32,
    pub(super) counter: u64,
    /// The script as it runs: its number, so that a new init silences the old run, and whether it
    /// still waits for the client to be ready.
    pub(super) script_run: u32,
    pub(super) script_armed: bool,
    /// `ClientMsgId`s and the ids they got.
    sends: BTreeMap<String, u64>,
    send_order: VecDeque<String>,
    /// Times of the calls in the rate window, by class.
    pub(super) paced: BTreeMap<Class, VecDeque<Duration>>,
    old_skeys: VecDeque<String>,
    names: BTreeMap<Peer, String>,
    peers: BTreeMap<String, Peer>,
    encry_ids: BTreeMap<usize, String>,
    seed: u64,
}

impl Session {
    pub(super) fn new(
        seed: u64,
        id: SessionId,
        account: &Account,
        now: Duration,
        cookie_life: Duration,
    ) -> Self {
        let mut draw = Stream::new(seed, "session", u64::from(id.0));
        let mut session = Self {
            id,
            account: account.id,
            uin: account.uin,
            sid: draw.base64(16),
            skey: skey(&mut draw),
            pass_ticket: pass_ticket(&mut draw),
            data_ticket: format!("gS{}", draw.base64(22)),
            born: now,
            cookies_until: now.saturating_add(cookie_life),
            over: None,
            told: 0,
            desktop: false,
            ticket_lost: false,
            log: Log::new(draw.next()),
            last_keys: Keys::empty(),
            synced: false,
            apart: false,
            last_sync: now,
            sync_due: true,
            syncing: None,
            answered: None,
            poll: None,
            inits: 0,
            device: String::new(),
            device_uses: 0,
            counter: 0,
            script_run: 0,
            script_armed: false,
            sends: BTreeMap::new(),
            send_order: VecDeque::new(),
            paced: BTreeMap::new(),
            old_skeys: VecDeque::new(),
            names: BTreeMap::new(),
            peers: BTreeMap::new(),
            encry_ids: BTreeMap::new(),
            seed,
        };
        session.learn(account);
        session
    }

    /// What nobody may read in a log.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut secrets = vec![
            self.sid.clone(),
            self.skey.clone(),
            self.pass_ticket.clone(),
            self.data_ticket.clone(),
            self.uin.to_string(),
        ];
        secrets.extend(self.old_skeys.iter().cloned());
        secrets
    }

    /// What everybody goes by in here, rooms twice.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let ids = self.encry_ids.values().map(String::as_str);
        self.names.values().map(String::as_str).chain(ids)
    }

    /// Gives a name to everybody of the account who has none yet in this session.
    pub(super) fn learn(&mut self, account: &Account) {
        for (at, person) in account.people.iter().enumerate() {
            let peer = Peer::Person(at);
            if self.names.contains_key(&peer) {
                continue;
            }
            let name = if person.fixed {
                person.plain.clone()
            } else {
                let mut draw = self.draw("person", at);
                // Both lengths occur, in one list.
                let digits = if draw.below(3) == 0 { 64 } else { 32 };
                format!("@{}", draw.hex(digits))
            };
            self.name_it(peer, name);
        }
        for at in 0..account.rooms.len() {
            let peer = Peer::Room(at);
            if self.names.contains_key(&peer) {
                continue;
            }
            let mut draw = self.draw("room", at);
            self.name_it(peer, format!("@@{}", draw.hex(64)));
            self.encry_ids.insert(at, format!("@{}", draw.hex(32)));
        }
    }

    fn draw(&self, purpose: &str, at: usize) -> Stream {
        Stream::new(self.seed, purpose, u64::from(self.id.0) << 32 | at as u64)
    }

    fn name_it(&mut self, peer: Peer, name: String) {
        self.peers.insert(name.clone(), peer);
        self.names.insert(peer, name);
    }

    /// The user name of somebody in this session.
    pub(super) fn name(&self, peer: Peer) -> String {
        self.names.get(&peer).cloned().unwrap_or_default()
    }

    pub(super) fn peer(&self, name: &str) -> Option<Peer> {
        self.peers.get(name).copied()
    }

    /// The id by which members of a room are asked for.
    pub(super) fn encry_id(&self, room: usize) -> String {
        self.encry_ids.get(&room).cloned().unwrap_or_default()
    }

    /// Whether the text is the room's user name or its id for member lookups: both are taken.
    pub(super) fn is_room_id(&self, text: &str) -> bool {
        matches!(self.peer(text), Some(Peer::Room(_)))
            || self.encry_ids.values().any(|id| id == text)
    }

    /// Replaces the key; the old one still opens doors, but a client should not use it any more.
    pub(super) fn renew_skey(&mut self) {
        let mut draw = self.draw("skey", self.inits as usize);
        self.old_skeys
            .push_back(std::mem::replace(&mut self.skey, skey(&mut draw)));
        if self.old_skeys.len() > 2 {
            self.old_skeys.pop_front();
        }
    }

    pub(super) fn is_old_skey(&self, value: &str) -> bool {
        self.old_skeys.iter().any(|old| old == value)
    }

    /// The id an earlier send with this `ClientMsgId` got.
    pub(super) fn sent(&self, client_msg_id: &str) -> Option<u64> {
        self.sends.get(client_msg_id).copied()
    }

    pub(super) fn remember_send(&mut self, client_msg_id: &str, msg_id: u64, limit: usize) {
        self.sends.insert(client_msg_id.to_owned(), msg_id);
        self.send_order.push_back(client_msg_id.to_owned());
        while self.send_order.len() > limit.max(1) {
            if let Some(old) = self.send_order.pop_front() {
                self.sends.remove(&old);
            }
        }
    }
}

/// `@crypt_`, eight digits, `_`, 32 digits.
fn skey(draw: &mut Stream) -> String {
    format!("@crypt_{}_{}", draw.hex(8), draw.hex(32))
}

/// A ticket as it stands in the XML: percent-encoded once already. One of two lengths, and always
/// with each of the three characters that need encoding, so that no client gets by without care.
fn pass_ticket(draw: &mut Stream) -> String {
    let digits = if draw.below(2) == 0 { 20 } else { 40 };
    let word = |draw: &mut Stream, digits| {
        draw.word(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            digits,
        )
    };
    let (head, tail) = (word(draw, 3), word(draw, digits));
    format!("{head}%2B{tail}%2F{}%3D", word(draw, 2))
}
