//! What can be seen of the service, as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::Refusal;
use crate::server::{AccountId, DeedError, LoginStage, Received, Record, Said, Server, Tally};

pub(super) fn state(server: &Server) -> Value {
    let logins = server.logins().into_iter().map(|login| {
        json!({
            "uuid": login.uuid,
            "ordinal": login.ordinal,
            "stage": stage(login.stage),
            "account": login.account.map(|id| id.0),
            "pushed": login.pushed,
            "desktop": login.desktop,
        })
    });
    let accounts = server.accounts().into_iter().map(|account| {
        json!({
            "account": account.id.0,
            "nick_name": account.nick_name,
            "session": account.session.map(|id| id.0),
            "read": account.read,
            "requests": account.requests,
            "asked": account.asked,
            "invited": account.invited,
        })
    });
    let sessions = server.sessions().into_iter().map(|session| {
        json!({
            "session": session.id.0,
            "account": session.account.0,
            "user_name": session.user_name,
            "over": session.over,
            "polling": session.polling,
            "inits": session.inits,
            "waiting": session.waiting,
            "cookies_until": seconds(session.cookies_until),
        })
    });
    json!({
        "now": seconds(server.now()),
        "logins": logins.collect::<Vec<_>>(),
        "accounts": accounts.collect::<Vec<_>>(),
        "sessions": sessions.collect::<Vec<_>>(),
        "received": server.received().map(received).collect::<Vec<_>>(),
        "revoked": server.revoked().map(received).collect::<Vec<_>>(),
        "requests": counters(server),
    })
}

fn received(said: &Received) -> Value {
    let media = said.what.media();
    let name = match &said.what {
        Said::File { name, .. } => Some(name),
        Said::App { title, .. } => Some(title),
        Said::Card { who } => Some(who),
        _ => None,
    };
    json!({
        "at": seconds(said.at),
        "account": said.account.0,
        "session": said.session.0,
        "chat": said.chat,
        "chat_name": said.chat_name,
        "to_user_name": said.to_user_name,
        "kind": said.what.name(),
        "text": said.text,
        "mentions": said.mentions,
        "name": name,
        "md5": media.map(|media| &media.md5),
        "size": media.map(|media| media.size),
        "local_id": said.local_id,
        "msg_id": said.msg_id.to_string(),
        "repeats": said.repeats,
    })
}

pub(super) fn requests(server: &Server, only_faults: bool) -> Value {
    let records = server
        .records()
        .iter()
        .filter(|record| !only_faults || !record.is_accepted());
    let mut value = counters(server);
    if let Value::Object(members) = &mut value {
        members.insert("list".to_owned(), records.map(request).collect());
    }
    value
}

pub(super) fn people(server: &Server, account: Option<AccountId>) -> Result<Value, Refusal> {
    let accounts = server.accounts();
    let account = match account {
        Some(id) => accounts
            .iter()
            .map(|account| account.id)
            .find(|known| *known == id),
        None => accounts.last().map(|account| account.id),
    };
    let account = account.ok_or(DeedError::NoAccount)?;
    let people = server.peers(account).into_iter().map(|peer| {
        json!({
            "plain": peer.plain,
            "user_name": peer.user_name,
            "nick_name": peer.nick_name,
            "remark_name": peer.remark_name,
            "alias": peer.alias,
            "contact_flag": peer.contact_flag,
            "room": peer.room,
            "listed": peer.listed,
        })
    });
    Ok(json!({ "account": account.0, "people": people.collect::<Vec<_>>() }))
}

/// Requests in all and by endpoint, and how many of them were not as they should be.
fn counters(server: &Server) -> Value {
    let mut all = Tally::default();
    for tally in server.tallies().values() {
        all.requests += tally.requests;
        all.refused += tally.refused;
        all.remarked += tally.remarked;
    }
    let endpoints = server.tallies().iter().map(|(endpoint, tally)| {
        let counts = json!({
            "requests": tally.requests,
            "refused": tally.refused,
            "remarked": tally.remarked,
        });
        (endpoint.name().to_owned(), counts)
    });
    json!({
        "requests": all.requests,
        "refused": all.refused,
        "remarked": all.remarked,
        "malformed": all.refused + all.remarked,
        "endpoints": endpoints.collect::<serde_json::Map<_, _>>(),
    })
}

fn request(record: &Record) -> Value {
    let verdict = match (&record.refusal, record.remarks.is_empty()) {
        (Some(_), _) => "refused",
        (None, false) => "remarked",
        (None, true) => "accepted",
    };
    json!({
        "ordinal": record.ordinal,
        "at": seconds(record.at),
        "endpoint": record.endpoint.name(),
        "account": record.account.map(|id| id.0),
        "session": record.session.map(|id| id.0),
        "verdict": verdict,
        "refusal": record.refusal.as_ref().map(ToString::to_string),
        "remarks": record.remarks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "code": record.code,
        "planted": record.planted,
    })
}

fn stage(stage: LoginStage) -> &'static str {
    match stage {
        LoginStage::Open => "open",
        LoginStage::Scanned => "scanned",
        LoginStage::Confirmed => "confirmed",
        LoginStage::Cancelled => "cancelled",
        LoginStage::Expired => "expired",
    }
}

fn seconds(time: Duration) -> Value {
    // Milliseconds are as fine as anything in the protocol.
    json!((time.as_secs_f64() * 1000.0).round() / 1000.0)
}
