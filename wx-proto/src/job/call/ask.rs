//! The requests of calls.

use super::lookup::Lookup;
use crate::{
    command::{Misuse, Raw, RawHost},
    cx::Cx,
    endpoint::{
        Context, Draft, Endpoint, index, raw, webwxbatchgetcontact, webwxcreatechatroom,
        webwxoplog::{self, Op},
        webwxrevokemsg, webwxsearchcontact, webwxstatreport,
        webwxstatusnotify::{self, Notice},
        webwxupdatechatroom::{self, Change},
        webwxverifyuser::{self, Opcode},
    },
    hosts::HostRole,
    id::{ClientMsgId, MsgId},
    secret::Secret,
    session::Session,
};

/// What to ask. People, rooms and chats are user names.
pub(super) enum Ask {
    Recall {
        chat: String,
        message: MsgId,
        id: ClientMsgId,
    },
    MarkRead {
        chat: String,
        id: u64,
    },
    Contacts(Box<Lookup>),
    Remark {
        who: String,
        remark: String,
    },
    Pin {
        chat: String,
        on: bool,
        remark: String,
    },
    Accept {
        who: String,
        ticket: Secret,
    },
    Add {
        who: String,
        greeting: String,
        official: bool,
    },
    Search(String),
    Create {
        members: Vec<String>,
        topic: String,
    },
    Fill {
        room: String,
        members: Vec<String>,
        invite: bool,
    },
    Remove {
        room: String,
        member: String,
    },
    Rename {
        room: String,
        topic: String,
    },
    Leave(String),
    Report(Vec<(u8, String)>),
    Index,
    Raw(Box<Raw>),
}

impl Ask {
    pub(super) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Recall { .. } => Endpoint::RevokeMsg,
            Self::MarkRead { .. } => Endpoint::StatusNotify,
            Self::Contacts(_) => Endpoint::BatchGetContact,
            Self::Remark { .. } | Self::Pin { .. } => Endpoint::OpLog,
            Self::Accept { .. } | Self::Add { .. } => Endpoint::VerifyUser,
            Self::Search(_) => Endpoint::SearchContact,
            Self::Create { .. } => Endpoint::CreateChatRoom,
            Self::Fill { .. } | Self::Remove { .. } | Self::Rename { .. } | Self::Leave(_) => {
                Endpoint::UpdateChatRoom
            }
            Self::Report(_) => Endpoint::StatReport,
            Self::Index => Endpoint::Index,
            Self::Raw(_) => Endpoint::Raw,
        }
    }

    pub(super) fn draft(&self, cx: &Context<'_>, session: &Session) -> Option<Draft> {
        let credentials = &session.credentials;
        let op = |who, op| webwxoplog::request(cx, credentials, who, op);
        let change = |room, change| webwxupdatechatroom::request(cx, credentials, room, change);
        let verify = |opcode, who, ticket, greeting| {
            webwxverifyuser::request(cx, credentials, opcode, who, ticket, greeting)
        };
        Some(match self {
            Self::Recall { chat, message, id } => {
                webwxrevokemsg::request(cx, credentials, chat, message, *id)
            }
            Self::MarkRead { chat, id } => {
                let notice = Notice::Read(chat);
                webwxstatusnotify::request(cx, credentials, session.my_name(), notice, *id)
            }
            Self::Contacts(lookup) => {
                webwxbatchgetcontact::request(cx, credentials, &lookup.entries())
            }
            Self::Remark { who, remark } => op(who, Op::Remark(remark)),
            Self::Pin { chat, on, remark } => {
                let on = *on;
                op(chat, Op::Pin { on, remark })
            }
            Self::Accept { who, ticket } => verify(Opcode::Accept, who, ticket.expose(), ""),
            Self::Add {
                who,
                greeting,
                official,
            } => {
                let opcode = match official {
                    true => Opcode::Add,
                    false => Opcode::Request,
                };
                verify(opcode, who, "", greeting)
            }
            Self::Search(keyword) => webwxsearchcontact::request(cx, credentials, keyword),
            Self::Create { members, topic } => {
                webwxcreatechatroom::request(cx, credentials, &borrowed(members), topic)
            }
            Self::Fill {
                room,
                members,
                invite,
            } => {
                let members = &borrowed(members)[..];
                match invite {
                    true => change(room, Change::Invite(members)),
                    false => change(room, Change::Add(members)),
                }
            }
            Self::Remove { room, member } => change(room, Change::Remove(&[member])),
            Self::Rename { room, topic } => change(room, Change::Topic(topic)),
            Self::Leave(room) => change(room, Change::Quit),
            Self::Report(reports) => {
                let reports = reports.iter().map(|(kind, text)| (*kind, &text[..]));
                let reports: Vec<_> = reports.collect();
                webwxstatreport::request(cx, credentials, &reports)
            }
            Self::Index => index::request(cx),
            Self::Raw(it) => return raw::request(cx, credentials, &raw_call(it)).ok(),
        })
    }
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

fn raw_call(raw: &Raw) -> raw::Call<'_> {
    raw::Call {
        method: raw.method.clone(),
        host: match raw.host {
            RawHost::Main => HostRole::Main,
            RawHost::Login => HostRole::Login,
            RawHost::File => HostRole::File,
            RawHost::Push => HostRole::Push,
        },
        path: &raw.path,
        query: &raw.query,
        json: raw.json.as_deref(),
    }
}

/// Whether a request can be made of it, now and later.
pub(super) fn check_raw(cx: &Cx, it: &Raw) -> Result<(), Misuse> {
    let context = Context {
        family: cx.session.family,
        lang: &cx.config.browser.lang,
        desktop: cx.is_desktop(),
        unix_ms: cx.now.unix_ms(),
        nonce: 0,
        device_id: "",
    };
    raw::request(&context, &cx.session.credentials, &raw_call(it))
        .map(|_| ())
        .map_err(|_| Misuse::UnsafeRequest)
}
