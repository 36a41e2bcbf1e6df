//! Bodies of requests as what they order.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use super::Refusal;

/// What can be asked for. The names are those of [`Order`].
pub(super) const ROUTES: &[&str] = &[
    "scan",
    "confirm",
    "cancel",
    "expire",
    "message",
    "own",
    "notice",
    "raw",
    "recall",
    "notify",
    "contact",
    "befriend",
    "request",
    "accept",
    "unfriend",
    "remove",
    "mark",
    "profile",
    "room",
    "join",
    "put_out",
    "rename",
    "alarm",
    "kick",
    "logout",
    "forget",
    "rate",
    "bar",
    "desktop_only",
    "push",
    "fault",
];

/// One order; its name is the path, its members are the body's.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Order {
    Scan {
        uuid: Option<String>,
    },
    Confirm {
        uuid: Option<String>,
    },
    Cancel {
        uuid: Option<String>,
    },
    Expire {
        uuid: Option<String>,
    },
    Message {
        from: String,
        text: String,
        room: Option<String>,
        mention: Option<bool>,
    },
    Own {
        to: String,
        text: String,
    },
    Notice {
        chat: String,
        text: String,
    },
    Raw {
        chat: String,
        from: Option<String>,
        msg_type: u32,
        content: String,
    },
    Recall {
        msg_id: MessageId,
    },
    Notify {
        code: u32,
        chat: Option<String>,
    },
    Contact {
        who: String,
        nick: Option<String>,
        remark: Option<String>,
        contact_flag: Option<u32>,
    },
    Befriend {
        plain: String,
        nick: String,
    },
    Request {
        plain: String,
        nick: String,
        words: Option<String>,
    },
    Accept {
        who: String,
    },
    Unfriend {
        who: String,
    },
    Remove {
        who: String,
    },
    Mark {
        who: String,
        mark: String,
        on: Option<bool>,
    },
    Profile {
        nick: Option<String>,
        picture: Option<bool>,
    },
    Room {
        room: String,
        topic: Option<String>,
        join: Option<Vec<String>>,
        leave: Option<Vec<String>>,
    },
    Join {
        room: String,
        who: String,
        by: String,
        code: Option<bool>,
    },
    PutOut {
        room: String,
        who: String,
    },
    Rename {
        room: String,
        by: String,
        topic: String,
    },
    Alarm {
        selector: u32,
    },
    Kick {
        code: Option<i64>,
    },
    Logout {},
    Forget {},
    Rate {
        texts: Option<u32>,
        seconds: Option<f64>,
        class: Option<String>,
    },
    Bar {
        barred: Option<bool>,
    },
    DesktopOnly {
        only: Option<bool>,
    },
    Push {
        allowed: Option<bool>,
    },
    Fault(FaultOrder),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultOrder {
    pub(super) endpoint: String,
    pub(super) fault: String,
    pub(super) times: Option<u32>,
    pub(super) after: Option<bool>,
    pub(super) size: Option<u64>,
    pub(super) seconds: Option<f64>,
}

/// Digits as a string; a number from those whose numbers are exact.
pub(super) struct MessageId(pub(super) u64);

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let id = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        id.map(Self)
            .ok_or_else(|| D::Error::custom("msg_id is not a string of digits"))
    }
}

/// What a member `seconds` says.
pub(super) fn duration(seconds: f64) -> Result<Duration, Refusal> {
    Duration::try_from_secs_f64(seconds).map_err(|_| Refusal::bad("seconds is not a time"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_route_is_an_order() {
        for name in ROUTES {
            let tagged = json!({ *name: { "surely not a member": 1 } });
            let error = Order::deserialize(tagged)
                .err()
                .expect("an unknown member")
                .to_string();
            assert!(error.contains("surely not a member"), "{name}: {error}");
        }
    }

    #[test]
    fn the_table_tells_of_every_route_in_the_order_of_the_list() {
        let lines = include_str!("../control.rs").lines();
        let mut told: Vec<&str> = lines
            .filter_map(|line| line.strip_prefix("//! | `POST /")?.split('`').next())
            .collect();
        told.dedup();
        assert_eq!(told, ROUTES);
    }
}
