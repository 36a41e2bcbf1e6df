//! What each event shows of itself. A change here is a change that applications see in their logs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::{
    endpoint::ContactRecord,
    hosts::RedirectRefusal,
    id::LoginId,
    message::{Text, Who},
    wire::malformed::Malformed,
};

fn chat(user_name: &str) -> ChatId {
    ChatId::new(LoginId::of("@me"), user_name)
}

fn contact(user_name: &str, nick_name: &str) -> Box<Contact> {
    let record = ContactRecord {
        user_name: user_name.to_owned(),
        nick_name: Some(nick_name.to_owned()),
        ..ContactRecord::default()
    };
    Box::new(Contact::new(LoginId::of("@me"), record))
}

fn message() -> Message {
    Message {
        id: MsgId::new("6812034415098763345"),
        chat: chat("@@room"),
        chat_name: "Hikers".into(),
        chat_kind: ContactKind::Room,
        sender: Some(Sender {
            id: chat("@anna"),
            name: "Anna".into(),
        }),
        origin: Origin::Other,
        created: 1_672_531_211,
        msg_type: MsgType::TEXT,
        body: Body::Text(Text {
            text: "hello".into(),
        }),
        arrival: Arrival::Live,
        record: Box::new(MessageRecord {
            msg_id: "6812034415098763345".into(),
            msg_type: 1,
            content: "@anna:<br/>hello".into(),
            ..MessageRecord::default()
        }),
    }
}

fn refusal(endpoint: Endpoint, ret: i32) -> ApiError {
    ApiError {
        endpoint,
        ret: Ret(ret),
        text: "words for the user".into(),
    }
}

fn protocol(kind: ProtocolErrorKind) -> ProtocolError {
    ProtocolError::bare(Endpoint::Sync, kind)
}

/// One of each kind, and its name. The match is there to break the build when a kind is added.
fn all() -> Vec<(&'static str, EventKind)> {
    let roster = |change| EventKind::Roster(change);
    let trouble = |cause, detail: &str| {
        EventKind::Trouble(Trouble {
            endpoint: Endpoint::SyncCheck,
            attempt: 2,
            next_try: Duration::from_secs(1),
            cause,
            detail: detail.into(),
        })
    };
    let ended = |cause: EndCause| {
        let recoverable = cause.is_recoverable();
        EventKind::Ended(Ended {
            cause,
            recoverable,
            again: None,
        })
    };
    let kinds = vec![
        EventKind::Qr(Qr {
            content: "https://login.weixin.qq.com/l/QbXample7Q==".into(),
            picture: "https://login.weixin.qq.com/qrcode/QbXample7Q==".into(),
            valid_for: Duration::from_secs(300),
            round: 1,
        }),
        EventKind::PushSent,
        EventKind::Scanned(Scanned {
            avatar: Some("data:img/jpg;base64,/9j/4AAQ".into()),
        }),
        EventKind::Confirmed,
        EventKind::Declined,
        EventKind::Online(Profile {
            id: chat("@me"),
            nick_name: "Me".into(),
            uin: crate::endpoint::Uin::of(2_100_045_678).unwrap(),
        }),
        roster(RosterChange::Full {
            contacts: 3,
            complete: true,
        }),
        roster(RosterChange::Added(contact("@anna", "Anna"))),
        roster(RosterChange::Changed {
            before: contact("@anna", "Anna"),
            after: contact("@anna", "Annabel"),
        }),
        roster(RosterChange::Removed(contact("@anna", "Anna"))),
        EventKind::Message(message()),
        EventKind::Recalled(Recalled {
            chat: chat("@anna"),
            message: MsgId::new("6812034415098763345"),
            by: Some(Who::You),
            notice: Some("You recalled a message".into()),
        }),
        EventKind::ChatSeen(chat("@anna")),
        EventKind::ContactRequest(ContactRequest {
            from: Some(chat("@stranger")),
            request: FriendRequest {
                user_name: Some("@stranger".into()),
                nick_name: "Stranger".into(),
                content: "hello".into(),
                ticket: Some(crate::Secret::new("v2_secret@stranger")),
                ..FriendRequest::default()
            },
        }),
        trouble(
            TroubleCause::Transport(TransportErrorKind::Tls),
            "unknown issuer",
        ),
        trouble(
            TroubleCause::Protocol(protocol(ProtocolErrorKind::Status(503))),
            "",
        ),
        trouble(TroubleCause::Refused(Ret::TOO_OFTEN), ""),
        trouble(TroubleCause::FirstPoll(Ret::SESSION_UNKNOWN), ""),
        trouble(TroubleCause::Stagnant, ""),
        trouble(TroubleCause::NoProgress, ""),
        EventKind::Paced(Paced {
            class: PaceClass::Media,
            ret: Ret::TOO_OFTEN,
            pause: Duration::from_secs(60),
            waiting: 4,
        }),
        EventKind::Gap(Gap {
            error: protocol(ProtocolErrorKind::Malformed(Malformed::missing("Ret"))),
            times: 1,
        }),
        EventKind::SnapshotStale,
        ended(EndCause::LoggedOut),
        ended(EndCause::Detached),
        ended(EndCause::LoggedOutOnPhone),
        ended(EndCause::Replaced),
        ended(EndCause::CookieInvalid),
        ended(EndCause::RiskControl),
        ended(EndCause::Refused(refusal(Endpoint::NewLoginPage, 1203))),
        ended(EndCause::QrGaveUp),
        ended(EndCause::NeedsScan),
        ended(EndCause::Unreachable(TransportErrorKind::Connect)),
        ended(EndCause::Protocol(protocol(ProtocolErrorKind::Untrusted(
            RedirectRefusal::Host,
        )))),
    ];
    let name = |kind: &EventKind| match kind {
        EventKind::Qr(_) => "qr",
        EventKind::PushSent => "push_sent",
        EventKind::Scanned(_) => "scanned",
        EventKind::Confirmed => "confirmed",
        EventKind::Declined => "declined",
        EventKind::Online(_) => "online",
        EventKind::Roster(RosterChange::Full { .. }) => "roster_full",
        EventKind::Roster(RosterChange::Added(_)) => "roster_added",
        EventKind::Roster(RosterChange::Changed { .. }) => "roster_changed",
        EventKind::Roster(RosterChange::Removed(_)) => "roster_removed",
        EventKind::Message(_) => "message",
        EventKind::Recalled(_) => "recalled",
        EventKind::ChatSeen(_) => "chat_seen",
        EventKind::ContactRequest(_) => "contact_request",
        EventKind::Trouble(trouble) => match trouble.cause {
            TroubleCause::Transport(_) => "trouble_transport",
            TroubleCause::Protocol(_) => "trouble_protocol",
            TroubleCause::Refused(_) => "trouble_refused",
            TroubleCause::FirstPoll(_) => "trouble_first_poll",
            TroubleCause::Stagnant => "trouble_stagnant",
            TroubleCause::NoProgress => "trouble_no_progress",
        },
        EventKind::Paced(_) => "paced",
        EventKind::Gap(_) => "gap",
        EventKind::SnapshotStale => "snapshot_stale",
        EventKind::Ended(ended) => match ended.cause {
            EndCause::LoggedOut => "ended_logged_out",
            EndCause::Detached => "ended_detached",
            EndCause::LoggedOutOnPhone => "ended_logged_out_on_phone",
            EndCause::Replaced => "ended_replaced",
            EndCause::CookieInvalid => "ended_cookie_invalid",
            EndCause::RiskControl => "ended_risk_control",
            EndCause::Refused(_) => "ended_refused",
            EndCause::QrGaveUp => "ended_qr_gave_up",
            EndCause::NeedsScan => "ended_needs_scan",
            EndCause::Unreachable(_) => "ended_unreachable",
            EndCause::Protocol(_) => "ended_protocol",
        },
    };
    kinds.into_iter().map(|kind| (name(&kind), kind)).collect()
}

#[test]
fn each_event_shows_what_was_reviewed_and_no_secret() {
    for (name, kind) in all() {
        let shown = format!("{kind:#?}");
        for secret in ["v2_secret", "2100045678", "/9j/4AAQ"] {
            assert!(!shown.contains(secret), "{name} shows {secret}");
        }
        insta::assert_snapshot!(name, shown);
    }
}

#[test]
fn each_end_and_each_trouble_is_said_in_one_clause() {
    for (name, kind) in all() {
        let said = match kind {
            EventKind::Ended(ended) => ended.to_string(),
            EventKind::Trouble(trouble) => trouble.to_string(),
            _ => continue,
        };
        assert!(!said.is_empty(), "{name}");
        assert!(!said.ends_with('.') && !said.contains('\n'), "{said}");
        assert!(
            !said.starts_with(char::is_uppercase) || said.starts_with("TLS"),
            "{said}"
        );
    }
}
