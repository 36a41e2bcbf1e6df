//! What happens, as one JSON object per line.

use std::{fmt::Write as _, io::Write};

use serde_json::{Value, json};
use wx_proto::{Body, EndCause, EventKind, Message, Profile, Receipt, RosterChange};

use super::{
    escape::is_harmful,
    report::{Report, Summary},
};

/// Programs read this: keys are added, and none is taken away or changed.
pub(super) struct Json<W>(pub(super) W);

impl<W: Write> Json<W> {
    fn line(&mut self, value: &Value) {
        // Whoever reads may have gone. The bot has its goal all the same.
        let _ = writeln!(self.0, "{}", encode(value)).and_then(|()| self.0.flush());
    }
}

impl<W: Write> Report for Json<W> {
    fn online(&mut self, me: &Profile, contacts: usize) {
        self.line(&json!({
            "event": "online",
            "nick_name": me.nick_name,
            "contacts": contacts,
        }));
    }

    fn event(&mut self, kind: &EventKind) {
        if let Some(value) = describe(kind) {
            self.line(&value);
        }
    }

    fn sent(&mut self, to: &Message, text: &str, receipt: &Receipt) {
        self.line(&json!({
            "event": "sent",
            "chat": to.chat.user_name(),
            "chat_name": to.chat_name,
            "text": text,
            "msg_id": receipt.msg_id.as_ref().map(ToString::to_string),
        }));
    }

    fn summary(&mut self, summary: &Summary) {
        self.line(&json!({
            "event": "summary",
            "received": summary.received.values().sum::<u64>(),
            "received_by_kind": summary.received,
            "echoed": summary.echoed,
            "failed": summary.failed,
            "malformed": summary.malformed,
            "seconds": (summary.time.as_secs_f64() * 1000.0).round() / 1000.0,
            "requests": summary.requests,
            "retries": summary.retries,
        }));
    }
}

/// An event as the echo bots write it with `--json`: an object with the member `event`, and no secret
/// in it. `None` for what is told by other lines there, or not at all.
#[must_use]
pub fn describe(kind: &EventKind) -> Option<Value> {
    Some(match kind {
        EventKind::Qr(qr) => json!({
            "event": "qr",
            "content": qr.content,
            "picture": qr.picture,
            "valid_for": qr.valid_for.as_secs(),
            "round": qr.round,
        }),
        EventKind::PushSent => json!({ "event": "push_sent" }),
        EventKind::Scanned(_) => json!({ "event": "scanned" }),
        EventKind::Confirmed => json!({ "event": "confirmed" }),
        EventKind::Declined => json!({ "event": "declined" }),
        EventKind::Roster(RosterChange::Full {
            contacts, complete, ..
        }) => json!({
            "event": "roster",
            "complete": complete,
            "contacts": contacts,
        }),
        EventKind::Message(message) => json!({
            "event": "message",
            "msg_id": message.id.as_ref().map(ToString::to_string),
            "chat": message.chat.user_name(),
            "chat_name": message.chat_name,
            "chat_kind": format!("{:?}", message.chat_kind).to_lowercase(),
            "room": message.chat.is_room().then(|| message.chat.user_name()),
            "sender": message.sender.as_ref().map(|sender| sender.id.user_name()),
            "sender_name": message.sender.as_ref().map(|sender| &sender.name),
            "kind": message.body.kind(),
            "text": text(&message.body),
            "own": message.is_own(),
        }),
        EventKind::Recalled(recalled) => json!({
            "event": "recalled",
            "chat": recalled.chat.user_name(),
            "msg_id": recalled.message.as_ref().map(ToString::to_string),
        }),
        // What accepting needs is a secret, and is not told.
        EventKind::ContactRequest(asked) => json!({
            "event": "contact_request",
            "user_name": asked.from.as_ref().map(|from| from.user_name()),
            "name": asked.request.nick_name,
            "text": asked.request.content,
        }),
        EventKind::Trouble(trouble) => json!({
            "event": "trouble",
            "endpoint": trouble.endpoint.to_string(),
            "attempt": trouble.attempt,
            "next_try": trouble.next_try.as_secs_f64(),
            "cause": trouble.cause.to_string(),
            "detail": trouble.detail,
        }),
        EventKind::Paced(paced) => json!({
            "event": "paced",
            "class": paced.class.to_string(),
            "ret": paced.ret.0,
            "pause": paced.pause.as_secs_f64(),
            "waiting": paced.waiting,
        }),
        EventKind::Gap(gap) => {
            json!({ "event": "gap", "error": gap.error.to_string(), "times": gap.times })
        }
        EventKind::Ended(ended) => json!({
            "event": "ended",
            "cause": cause(&ended.cause),
            "recoverable": ended.recoverable,
            "detail": ended.cause.to_string(),
        }),
        _ => return None,
    })
}

/// The text of a message that is one, of whatever kind.
fn text(body: &Body) -> Option<&str> {
    match body {
        Body::Text(text) => Some(&text.text),
        Body::Notice(notice) => Some(&notice.text),
        _ => None,
    }
}

fn cause(cause: &EndCause) -> &'static str {
    match cause {
        EndCause::LoggedOut => "logged_out",
        EndCause::Detached => "detached",
        EndCause::LoggedOutOnPhone => "logged_out_on_phone",
        EndCause::Replaced => "replaced",
        EndCause::CookieInvalid => "cookie_invalid",
        EndCause::RiskControl => "risk_control",
        EndCause::Refused(_) => "refused",
        EndCause::NeedsScan => "needs_scan",
        EndCause::QrGaveUp => "qr_gave_up",
        EndCause::Unreachable(_) => "unreachable",
        EndCause::Protocol(_) => "protocol",
        _ => "other",
    }
}

/// The line may be read on a terminal: what JSON lets through but a terminal obeys is escaped as
/// well. It can only stand within strings, where an escape means the same.
fn encode(value: &Value) -> String {
    let mut line = String::new();
    for c in value.to_string().chars() {
        if is_harmful(c) {
            // None of them lies beyond the sixteen bits that one escape holds.
            let _ = write!(line, "\\u{:04x}", u32::from(c));
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_push_login_says_is_told() {
        let sent = describe(&EventKind::PushSent).unwrap();
        assert_eq!(encode(&sent), r#"{"event":"push_sent"}"#);
        assert_eq!(cause(&EndCause::NeedsScan), "needs_scan");
    }

    #[test]
    fn lines_are_harmless_and_say_the_same() {
        let value = json!({ "text": "\u{1b}[2J \u{9b}m \u{7f} \u{202e}abc\n\u{1f604} \"\\\"" });
        let line = encode(&value);
        assert!(!line.chars().any(is_harmful), "{line}");
        assert!(line.contains('\u{1f604}'));
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }
}
