//! The start of a session: webwxinit and webwxstatusnotify, and what they set off.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::agenda::Task;
use super::call::{Call, Fail};
use super::contact::{Place, contact, user};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::keys::Role;
use super::peer::{ME, Peer};
use super::reply::{self, Json, base};
use super::rooms::INVITE_START;
use super::{Server, SessionId};

/// The list of conversations comes so long after the client has said that it is there.
const CHAT_LIST_AFTER: Duration = Duration::from_millis(200);

impl Server {
    pub(super) fn init(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let session = self.sessions.get_mut(&id).ok_or(Fail::Code(1100))?;
        session.inits = session.inits.saturating_add(1);
        session.told = 0;
        session.synced = false;
        session.sync_due = true;
        session.script_run = session.script_run.wrapping_add(1);
        session.script_armed = true;
        if session.inits == 1 {
            // The key of the XML is good for this one call.
            session.renew_skey();
        }
        let (session, account) = self.inside(id)?;
        let recent = account.recent();
        let mut listed: Vec<Peer> = recent.clone();
        listed.retain(|peer| match peer {
            Peer::Person(_) => true,
            Peer::Room(at) => account.room(*at).is_some_and(|room| room.listed),
        });
        let count = listed.len();
        // One entry stands twice, here and below, and the count does not count it.
        listed.push(Peer::Person(1));
        let contacts = listed
            .iter()
            .map(|peer| contact(account, session, *peer, Place::Init))
            .collect();
        let mut chat_set: Vec<String> = recent.iter().map(|peer| session.name(*peer)).collect();
        chat_set.insert(3.min(chat_set.len()), "filehelper".to_owned());
        let keys = session.log.keys(Role::Init, session.log.end(), self.now);
        let body = Json::Object(vec![
            base(0),
            ("Count", count.into()),
            ("ContactList", Json::List(contacts)),
            ("SyncKey", keys.json()),
            ("User", user(account, session)),
            ("ChatSet", format!("{},", chat_set.join(",")).into()),
            ("SKey", session.skey.as_str().into()),
            ("ClientVersion", Json::Num(654_315_571)),
            ("SystemTime", Json::Big(self.now.as_secs())),
            ("GrayScale", Json::Num(1)),
            ("InviteStartCount", INVITE_START.into()),
            ("MPSubscribeMsgCount", Json::Num(1)),
            ("MPSubscribeMsgList", Json::List(self.articles(id))),
            ("ClickReportInterval", Json::Num(600_000)),
        ]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// One official account with one article; the count of articles is what it has, not what it
    /// shows.
    fn articles(&self, id: SessionId) -> Vec<Json> {
        let Some(session) = self.sessions.get(&id) else {
            return Vec::new();
        };
        let Some(account) = self.accounts.get(&session.account) else {
            return Vec::new();
        };
        let at = account.find("gh_a1b2c3d4e5f6");
        let Some(at) = at.filter(|at| account.may_know(*at)) else {
            return Vec::new();
        };
        let article = Json::Object(vec![
            ("Title", "春天 &amp; 山路".into()),
            ("Digest", "今早的雾".into()),
            (
                "Cover",
                "http://mmbiz.qpic.cn/mmbiz_jpg/abc/300?wxtype=jpeg&wxfrom=0|0|0".into(),
            ),
            (
                "Url",
                "http://mp.weixin.qq.com/s?__biz=AAAA==&mid=1&idx=1#rd".into(),
            ),
        ]);
        vec![Json::Object(vec![
            ("UserName", session.name(at).into()),
            ("MPArticleCount", Json::Num(4)),
            ("MPArticleList", Json::List(vec![article])),
            ("Time", Json::Big(self.now.as_secs().saturating_sub(3600))),
            ("NickName", account.shown(at).into()),
        ])]
    }

    pub(super) fn status_notify(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        let account = session.account;
        let me = session.name(Peer::Person(ME));
        let code = call
            .member("Code")
            .and_then(|code| code.parse::<u32>().ok());
        if call
            .json
            .get("Code")
            .is_some_and(serde_json::Value::is_string)
        {
            call.remark(Remark::MemberForm("Code"));
        }
        if call.member("FromUserName").as_deref() != Some(me.as_str()) {
            return Err(call.refuse(Refusal::Sender, 1));
        }
        if call.member("ClientMsgId").is_none() {
            return Err(call.refuse(Refusal::Member("ClientMsgId"), 1));
        }
        let to = call.member("ToUserName").unwrap_or_default();
        let chat = session.peer(&to);
        match (code, chat) {
            (Some(3), Some(Peer::Person(ME))) => {
                let due = self.now.saturating_add(CHAT_LIST_AFTER);
                self.agenda.add(due, Task::ChatList(id));
                self.start_script(id);
            }
            (Some(3), _) => return Err(call.refuse(Refusal::Member("ToUserName"), 1)),
            (Some(1), Some(chat)) => {
                if let Some(account) = self.accounts.get_mut(&account) {
                    let plain = account.plain(chat).to_owned();
                    let marks = account.read.entry(plain).or_default();
                    *marks = marks.saturating_add(1);
                }
            }
            (Some(1), None) => return Err(call.refuse(Refusal::Member("ToUserName"), 1)),
            // The other codes only ever come from the phone.
            _ => return Err(call.refuse(Refusal::Member("Code"), 1)),
        }
        let msg_id = self.next_msg_id().to_string();
        let body = Json::Object(vec![base(0), ("MsgID", msg_id.into())]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// The phone's list of conversations: one room more than the init named.
    pub(super) fn send_chat_list(&mut self, id: SessionId) {
        let Some(session) = self
            .sessions
            .get(&id)
            .filter(|session| session.over.is_none())
        else {
            return;
        };
        let account_id = session.account;
        let Some(account) = self.accounts.get(&account_id) else {
            return;
        };
        let mut peers = account.recent();
        let late = (0..account.rooms.len())
            .map(Peer::Room)
            .filter(|room| !peers.contains(room) && account.may_know(*room));
        let late: Vec<Peer> = late.collect();
        peers.extend(late);
        // The session is on, so that this cannot fail.
        let _ = self.notify(account_id, 4, Peer::Person(ME), peers);
    }

    /// The client is there: whoever has something to say begins.
    pub(super) fn start_script(&mut self, id: SessionId) {
        let Some(session) = self
            .sessions
            .get_mut(&id)
            .filter(|session| session.script_armed)
        else {
            return;
        };
        session.script_armed = false;
        if let Some((delay, _)) = self.setup.script.steps().first() {
            let task = Task::Script {
                session: id,
                run: session.script_run,
                step: 0,
            };
            self.agenda.add(self.now.saturating_add(*delay), task);
        }
    }

    /// One deed of the script, and the time of the next.
    pub(super) fn play(&mut self, id: SessionId, run: u32, step: usize) {
        let Some(session) = self.sessions.get(&id) else {
            return;
        };
        if session.over.is_some() || session.script_run != run {
            return;
        }
        let account = session.account;
        let steps = self.setup.script.steps();
        let Some((delay, act)) = steps.get(step).cloned() else {
            return;
        };
        if let Some((next, _)) = steps.get(step + 1) {
            let due = self.now.saturating_add(next.saturating_sub(delay));
            self.agenda.add(
                due,
                Task::Script {
                    session: id,
                    run,
                    step: step + 1,
                },
            );
        }
        // A deed that names nobody is left out: a script is written for any account.
        let _ = self.act_in(account, act);
    }
}
