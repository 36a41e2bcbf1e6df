//! What an application asks for, and what it is told of it.

use std::collections::BTreeMap;

use bytes::Bytes;
use wx_proto::{
    AddFriend, AddMembers, Attachment, ChatId, CheckLogin, CommandId, CreateRoom, FetchAvatar,
    FetchContacts, FetchImage, Forward, LeaveRoom, MarkRead, Pin, Recall, RenameRoom,
    SearchContact, SendFile, SendImage, SendText, SetRemark, StatReport,
};
use wx_sim::world::{PeerId, World};

use super::{Bot, Open, Said, digest};
use crate::{
    plan::Order,
    report::{Kind, Report},
};

/// The chats in which each thing is that was said, as often as it is there.
pub(crate) type Arrived = BTreeMap<String, Vec<String>>;

impl Said {
    fn new(what: String, to: String, command: CommandId, open: Open) -> Self {
        Self {
            what,
            to,
            keyed: None,
            open: Some((command, open)),
            outcome: None,
        }
    }
}

impl Bot {
    /// What was on its way when the process died is said again, under its key: it may be the same
    /// message only in the same login.
    pub(super) fn say_again(&mut self, world: &mut World) {
        let Some(peer) = self.peer else { return };
        for said in &mut self.said {
            let Some(chat) = said.keyed.clone() else {
                continue;
            };
            let same = world.client(peer).chat(chat.user_name());
            if said.open.is_none() && said.outcome.is_none() && same == Some(chat.clone()) {
                let send = SendText::new(chat, said.what.clone()).key(said.what.as_bytes());
                let pending = world.submit(peer, send);
                said.open = Some((pending.command, Open::Text(pending)));
            }
        }
    }

    pub(crate) fn say(&mut self, world: &mut World, order: Order, report: &mut Report) {
        let (Some(peer), Some(account)) = (self.peer, self.account) else {
            return;
        };
        let peers = world.server().peers(account);
        if peers.is_empty() {
            return;
        }
        let mut to = self.dice.pick(&peers);
        if self.dice.chance(300) || matches!(order, Order::LastText) {
            to.user_name = "filehelper".to_owned();
            to.plain.clone_from(&to.user_name);
        }
        let Some(chat) = world.client(peer).chat(&to.user_name) else {
            return;
        };
        let to = to.plain;
        self.count += 1;
        report.commands += 1;
        let name = format!("say {}-{}", self.index, self.count);
        match order {
            Order::Text { keyed } => {
                let mut send = SendText::new(chat.clone(), name.clone());
                if keyed {
                    send = send.key(name.as_bytes());
                }
                let pending = world.submit(peer, send);
                let keyed = keyed.then_some(chat);
                let said = Said::new(name, to, pending.command, Open::Text(pending));
                self.open(Said { keyed, ..said });
            }
            Order::LastText => {
                let pending = world.submit(peer, SendText::new(chat, name.clone()));
                self.open(Said::new(name, to, pending.command, Open::Text(pending)));
            }
            Order::Image => {
                let bytes = Bytes::from(format!("{name} {}", "x".repeat(700)));
                let what = digest(&bytes);
                let image = SendImage::new(chat, Attachment::bytes("a.jpg", bytes));
                let pending = world.submit(peer, image);
                self.open(Said::new(what, to, pending.command, Open::Image(pending)));
            }
            Order::File { len } => {
                let mut bytes = name.into_bytes();
                bytes.resize(len as usize, b'.');
                let what = digest(&bytes);
                let file = Attachment::source("a.bin", u64::from(len));
                let pending = world.submit_reading(peer, SendFile::new(chat, file), bytes);
                self.open(Said::new(what, to, pending.command, Open::File(pending)));
            }
            Order::Fetch => {
                if self.pictures.is_empty() {
                    return;
                }
                let message = self.dice.pick(&self.pictures);
                let id = message
                    .id
                    .as_ref()
                    .and_then(|id| id.to_string().parse().ok());
                let pending = world.submit_writing(peer, FetchImage::of(&message));
                self.fetches.extend(id.map(|id| (pending, id)));
            }
            Order::Recall => {
                if let Some(receipt) = self.receipts.last() {
                    world.submit(peer, Recall::of(receipt));
                }
            }
            Order::Other(which) => self.other(world, peer, which, chat),
        }
    }

    fn open(&mut self, said: Said) {
        self.latest = said.open.as_ref().map(|(command, _)| *command);
        self.said.push(said);
    }

    fn other(&mut self, world: &mut World, peer: PeerId, which: u8, chat: ChatId) {
        let command = match which % 13 {
            0 => world.submit(peer, SetRemark::new(chat, "x")).command,
            1 => world.submit(peer, Pin::new(chat)).command,
            2 => world.submit(peer, MarkRead::new(chat)).command,
            3 => world.submit(peer, FetchContacts::new([chat])).command,
            4 => world.submit(peer, SearchContact::new("a")).command,
            5 => world.submit(peer, CreateRoom::new([chat])).command,
            6 => {
                let room = AddMembers::new(chat.clone(), [chat]);
                world.submit(peer, room).command
            }
            7 => world.submit(peer, RenameRoom::new(chat, "x")).command,
            8 if self.dice.chance(100) => world.submit(peer, LeaveRoom::new(chat)).command,
            8 => world.submit(peer, StatReport::new()).command,
            9 => world.submit(peer, AddFriend::new(chat, "x")).command,
            10 => world.submit_writing(peer, FetchAvatar::of(chat)).command,
            11 if !self.pictures.is_empty() => {
                let message = self.dice.pick(&self.pictures);
                world.submit(peer, Forward::new(chat, &message)).command
            }
            _ => world.submit(peer, CheckLogin).command,
        };
        // What was refused at once was not asked for.
        if !world.is_done(peer, command) {
            self.rooms += u64::from(which % 13 == 5);
            self.requests += u64::from(which % 13 == 9);
        }
        self.latest = Some(command);
    }

    /// For each thing that was said, where and how often it arrived, and what the application was told
    /// of it.
    pub(crate) fn judge_said(&self, arrived: &Arrived, report: &mut Report) {
        for said in &self.said {
            let chats = arrived.get(&said.what).map_or(&[][..], Vec::as_slice);
            let times = chats.len();
            if times > 1 {
                let text = format!("{:?} arrived {times} times", said.what);
                report.violation(Kind::Doubled, self.index, text);
            }
            if let Some(chat) = chats.iter().find(|chat| **chat != said.to) {
                let text = format!("{:?} was for {} and is in {chat}", said.what, said.to);
                report.violation(Kind::Astray, self.index, text);
            }
            match &said.outcome {
                Some(Ok(_)) if times == 0 => {
                    let text = format!("{:?} was accepted and is not there", said.what);
                    report.violation(Kind::Untrue, self.index, text);
                }
                Some(Err(error)) if times > 0 && !error.maybe_sent() => {
                    let text = format!("{:?} is there, in spite of {error:?}", said.what);
                    report.violation(Kind::Untrue, self.index, text);
                }
                None if said.open.is_some() => {
                    let text = format!("{:?} has no end", said.what);
                    report.violation(Kind::Command, self.index, text);
                }
                _ => {}
            }
        }
    }
}
