//! Replies of every endpoint that has a parser. Most are JSON.

use std::fmt::Debug;

use serde::de::IgnoredAny;

use super::cuts;
use crate::{
    endpoint::{
        SyncKey, Uin, index, jslogin, login, synccheck, webwxbatchgetcontact, webwxcheckupload,
        webwxcreatechatroom, webwxgetcontact, webwxinit, webwxnewloginpage, webwxoplog,
        webwxpushloginurl, webwxrevokemsg, webwxsearchcontact, webwxsendmsg, webwxstatusnotify,
        webwxsync::{self, MessageItem},
        webwxupdatechatroom, webwxuploadmedia,
    },
    message::Content,
    secret::Secret,
    wire::{malformed::Malformed, utf8},
};

type Check = fn(&str) -> bool;

/// The endpoints. An input names one by its place.
const CHECKS: [(&str, Check); 19] = [
    ("webwxsync", sync),
    ("webwxinit", init),
    ("webwxgetcontact", |text| {
        json(text, webwxgetcontact::parse, |_| vec![]).is_some()
    }),
    ("webwxbatchgetcontact", |text| {
        json(text, webwxbatchgetcontact::parse, |_| vec![]).is_some()
    }),
    ("webwxnewloginpage", new_login_page),
    ("webwxsendmsg", |text| {
        json(text, webwxsendmsg::parse, |_| vec![]).is_some()
    }),
    ("webwxuploadmedia", |text| {
        json(text, webwxuploadmedia::parse, |_| vec![]).is_some()
    }),
    ("webwxcheckupload", |text| {
        let secrets = |it: &webwxcheckupload::Reply| vec![shown(&it.aes_key), shown(&it.signature)];
        json(text, webwxcheckupload::parse, secrets).is_some()
    }),
    ("webwxcreatechatroom", |text| {
        json(text, webwxcreatechatroom::parse, |_| vec![]).is_some()
    }),
    ("webwxupdatechatroom", |text| {
        json(text, webwxupdatechatroom::parse, |_| vec![]).is_some()
    }),
    ("webwxstatusnotify", |text| {
        json(text, webwxstatusnotify::parse, |_| vec![]).is_some()
    }),
    ("webwxrevokemsg", |text| {
        json(text, webwxrevokemsg::parse, |_| vec![]).is_some()
    }),
    ("webwxsearchcontact", |text| {
        json(text, webwxsearchcontact::parse, |_| vec![]).is_some()
    }),
    ("webwxpushloginurl", |text| {
        json(text, webwxpushloginurl::parse, |_| vec![]).is_some()
    }),
    ("webwxoplog", |text| {
        json(text, webwxoplog::parse, |_| vec![]).is_some()
    }),
    ("jslogin", |text| {
        hides(text, jslogin::parse, |_| vec![]).is_some()
    }),
    ("login", |text| {
        let secrets = |it: &login::Reply| it.redirect_uri.iter().map(shown).collect();
        hides(text, login::parse, secrets).is_some()
    }),
    ("synccheck", |text| {
        hides(text, synccheck::parse, |_| vec![]).is_some()
    }),
    ("index", |text| {
        whole(text, index::parse, |_| vec![]).is_some()
    }),
];

/// The byte by which an input names an endpoint.
#[must_use]
pub fn place_of(endpoint: &str) -> Option<u8> {
    let place = CHECKS.iter().position(|(name, _)| *name == endpoint);
    place.and_then(|place| u8::try_from(place).ok())
}

/// Reads a body as the reply of an endpoint, which the first byte names; cuts it; looks for what is
/// secret in what would be logged.
pub fn json_reply(data: &[u8]) -> bool {
    let Some((which, body)) = data.split_first() else {
        return false;
    };
    let text = utf8::decode(body);
    let check = CHECKS.get(usize::from(*which) % CHECKS.len());
    check.is_some_and(|(_, check)| check(&text))
}

fn sync(text: &str) -> bool {
    let secrets = |reply: &webwxsync::Reply| {
        let records = reply.messages.iter().filter_map(|item| match item {
            MessageItem::Record(record) => Some(record),
            MessageItem::Unreadable(_) => None,
        });
        let tickets = records.flat_map(|record| [&record.ticket, &record.recommend_info.ticket]);
        reply.skey.iter().chain(tickets).map(shown).collect()
    };
    let Some(reply) = json(text, webwxsync::parse, secrets) else {
        return false;
    };
    for key in [&reply.sync_key, &reply.sync_check_key] {
        is_written_back(key.as_ref());
    }
    for item in &reply.messages {
        let MessageItem::Record(record) = item else {
            continue;
        };
        assert!(record.id().is_some_and(|id| !id.as_str().is_empty()));
        let _ = Content::read(record);
    }
    true
}

fn init(text: &str) -> bool {
    let secrets = |reply: &webwxinit::Reply| {
        let skey = reply.skey.iter().map(shown);
        skey.chain([digits(reply.user.uin)]).collect()
    };
    let Some(reply) = json(text, webwxinit::parse, secrets) else {
        return false;
    };
    is_written_back(reply.sync_key.as_ref());
    true
}

fn is_written_back(key: Option<&SyncKey>) {
    if let Some(key) = key {
        assert_eq!(SyncKey::parse(&key.to_string()).as_ref(), Some(key));
    }
}

fn new_login_page(text: &str) -> bool {
    let secrets = |reply: &webwxnewloginpage::Reply| {
        let texts = [
            &reply.skey,
            &reply.wxsid,
            &reply.pass_ticket,
            &reply.redirect_url,
        ];
        let texts = texts.into_iter().flatten().map(shown);
        texts.chain(reply.wxuin.map(digits)).collect()
    };
    whole(text, webwxnewloginpage::parse, secrets).is_some()
}

fn shown(secret: &Secret) -> String {
    secret.expose().to_owned()
}

fn digits(uin: Uin) -> String {
    uin.expose().to_string()
}

/// A reply in JSON. What surrounds it does not matter, and if it is sound, no part of it is taken for
/// a reply. (Of one that is torn, a part may be: a torn item ends where the rest makes sense.)
fn json<R: Debug + PartialEq>(
    text: &str,
    parse: fn(&[u8]) -> Result<R, Malformed>,
    secrets: fn(&R) -> Vec<String>,
) -> Option<R> {
    let reply = hides(text, parse, secrets);
    let padded = format!("\u{feff}\r\n {text}\t\n\0\0");
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_text = body.len() == text.len();
    assert!(!is_text || parse(padded.as_bytes()).ok() == reply, "{text}");
    let is_sound = || serde_json::from_str::<IgnoredAny>(text).is_ok();
    if reply.is_some() && is_sound() {
        for cut in cuts(text, 8) {
            let read = parse(cut.as_bytes()).ok();
            assert!(read.is_none() || read == reply, "{cut} of {text}");
        }
    }
    reply
}

/// A reply of which a part is the whole or nothing.
fn whole<R: Debug + PartialEq>(
    text: &str,
    parse: fn(&[u8]) -> Result<R, Malformed>,
    secrets: fn(&R) -> Vec<String>,
) -> Option<R> {
    let reply = hides(text, parse, secrets)?;
    for cut in cuts(text, 24) {
        let read = parse(cut.as_bytes());
        assert!(
            read.is_err() || read.as_ref() == Ok(&reply),
            "{cut} of {text}"
        );
    }
    Some(reply)
}

/// What is printed of a reply does not depend on what is secret in it: with another secret in its
/// place, it is the same.
fn hides<R: Debug + PartialEq>(
    text: &str,
    parse: fn(&[u8]) -> Result<R, Malformed>,
    secrets: fn(&R) -> Vec<String>,
) -> Option<R> {
    /// Each costs a pass over the body.
    const MOST: usize = 4;
    let reply = parse(text.as_bytes()).ok()?;
    let found = secrets(&reply);
    for (at, secret) in found
        .iter()
        .enumerate()
        .filter(|(_, it)| it.len() > 3)
        .take(MOST)
    {
        let other: String = secret.chars().map(rotated).collect();
        let mut places = text.match_indices(secret.as_str());
        let (Some((start, _)), None) = (places.next(), places.next()) else {
            continue;
        };
        let (before, behind) = text.split_at(start);
        let behind = behind.strip_prefix(secret.as_str()).unwrap_or_default();
        let swapped = parse(format!("{before}{other}{behind}").as_bytes());
        let Some(swapped) = swapped
            .ok()
            .filter(|it| secrets(it).get(at) == Some(&other))
        else {
            continue;
        };
        assert_eq!(format!("{reply:?}"), format!("{swapped:?}"), "{text}");
    }
    Some(reply)
}

/// Another character of the same kind.
fn rotated(c: char) -> char {
    match c {
        '9' | 'Z' | 'z' => char::from_u32(u32::from(c) - 1).unwrap_or(c),
        c if c.is_ascii_alphanumeric() => char::from_u32(u32::from(c) + 1).unwrap_or(c),
        c => c,
    }
}
