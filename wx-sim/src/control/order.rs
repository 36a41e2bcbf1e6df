//! Bodies of requests, turned into what happens.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value, json};

use super::{Refusal, piece};
use crate::{
    listen::{Fault, Shared},
    server::{AccountId, Act, Class, Code, Deed, DeedError, Rate, Whose},
};

/// What can be asked for. The names are those of [`Order`].
pub(super) const ROUTES: &[&str] = &[
    "scan", "confirm", "cancel", "expire", "message", "own", "notice", "raw", "recall", "notify",
    "contact", "befriend", "remove", "room", "alarm", "kick", "logout", "forget", "rate", "bar",
    "fault",
];

/// One order; its name is the path, its members are the body's.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Order {
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
    Remove {
        who: String,
    },
    Room {
        room: String,
        topic: Option<String>,
        join: Option<Vec<String>>,
        leave: Option<Vec<String>>,
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
    Fault(FaultOrder),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    endpoint: String,
    fault: String,
    times: Option<u32>,
    after: Option<bool>,
    size: Option<u64>,
    seconds: Option<f64>,
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

/// Does what the body asks for under this name.
pub(super) fn carry_out(
    shared: &Shared,
    name: &str,
    mut members: Map<String, Value>,
) -> Result<Value, Refusal> {
    let whose = match members.remove("account") {
        None => None,
        Some(number) => {
            let number = number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok());
            Some(number.ok_or_else(|| Refusal::bad("account is not a number"))?)
        }
    };
    let account = || whose.map_or(Whose::Latest, |id| Whose::Account(AccountId(id)));
    if matches!(name, "message" | "own") {
        match members.get("kind") {
            None => {}
            Some(kind) if kind == "text" => {
                members.remove("kind");
            }
            Some(_) => return done(shared, Deed::In(account(), piece::act(name, members)?)),
        }
    }
    let tagged = Map::from_iter([(name.to_owned(), Value::Object(members))]);
    let order = Order::deserialize(Value::Object(tagged))
        .map_err(|error| Refusal::bad(error.to_string()))?;
    let deed = match lower(order)? {
        Lowered::Deed(deed) => deed,
        Lowered::Act(act) => return done(shared, Deed::In(account(), act)),
        Lowered::Fault(plant) => {
            let fault = fault(&plant)?;
            let times = plant.times.unwrap_or(1);
            shared.plant(&plant.endpoint, times, fault, plant.after.unwrap_or(false));
            return Ok(json!({ "ok": true }));
        }
    };
    if whose.is_some() {
        return Err(Refusal::bad(format!("/{name} takes no account")));
    }
    done(shared, deed)
}

fn done(shared: &Shared, deed: Deed) -> Result<Value, Refusal> {
    let done = shared
        .act(deed)
        .map_err(|error: DeedError| Refusal::from(error))?;
    let mut members = Map::from_iter([("ok".to_owned(), Value::Bool(true))]);
    if let Some(id) = done.msg_id {
        members.insert("msg_id".to_owned(), id.to_string().into());
    }
    if let Some(account) = done.account {
        members.insert("account".to_owned(), account.0.into());
    }
    Ok(Value::Object(members))
}

enum Lowered {
    Deed(Deed),
    Act(Act),
    Fault(FaultOrder),
}

fn lower(order: Order) -> Result<Lowered, Refusal> {
    let act = match order {
        Order::Scan { uuid } => return Ok(Lowered::Deed(Deed::Scan(code(uuid)))),
        Order::Confirm { uuid } => return Ok(Lowered::Deed(Deed::Confirm(code(uuid)))),
        Order::Cancel { uuid } => return Ok(Lowered::Deed(Deed::Cancel(code(uuid)))),
        Order::Expire { uuid } => return Ok(Lowered::Deed(Deed::Expire(code(uuid)))),
        Order::Rate {
            texts,
            seconds,
            class,
        } => {
            let rate = rate(texts, seconds)?;
            let deed = match class {
                None => Deed::Rate(rate),
                Some(class) => Deed::RateOf(self::class(&class)?, rate),
            };
            return Ok(Lowered::Deed(deed));
        }
        Order::Bar { barred } => return Ok(Lowered::Deed(Deed::Bar(barred.unwrap_or(true)))),
        Order::Fault(plant) => return Ok(Lowered::Fault(plant)),
        Order::Message {
            from,
            text,
            room: Some(room),
            mention,
        } => Act::RoomText {
            room,
            from,
            text,
            mention: mention.unwrap_or(false),
        },
        Order::Message {
            mention: Some(true),
            ..
        } => {
            return Err(Refusal::bad("mention needs a room"));
        }
        Order::Message { from, text, .. } => Act::Text { from, text },
        Order::Own { to, text } => Act::OwnText { to, text },
        Order::Notice { chat, text } => Act::Notice { chat, text },
        Order::Raw {
            chat,
            from,
            msg_type,
            content,
        } => Act::Raw {
            chat,
            from,
            msg_type,
            content,
        },
        Order::Recall { msg_id } => Act::Recall { msg_id: msg_id.0 },
        Order::Notify { code, chat } => Act::Notify { code, chat },
        Order::Contact {
            who,
            nick,
            remark,
            contact_flag,
        } => Act::ContactChanged {
            who,
            nick,
            remark,
            contact_flag,
        },
        Order::Befriend { plain, nick } => Act::ContactAdded { plain, nick },
        Order::Remove { who } => Act::ContactDeleted { who },
        Order::Room {
            room,
            topic,
            join,
            leave,
        } => Act::RoomChanged {
            room,
            topic,
            join: join.unwrap_or_default(),
            leave: leave.unwrap_or_default(),
        },
        Order::Alarm { selector } => Act::FalseAlarm { selector },
        Order::Kick { code } => match code.unwrap_or(1101) {
            code @ 1100..=1102 => Act::Kick { code },
            _ => return Err(Refusal::bad("code is not 1100, 1101 or 1102")),
        },
        Order::Logout {} => Act::LogOut,
        Order::Forget {} => Act::CookiesExpire,
    };
    Ok(Lowered::Act(act))
}

fn code(uuid: Option<String>) -> Code {
    uuid.map_or(Code::Latest, Code::Uuid)
}

fn rate(texts: Option<u32>, seconds: Option<f64>) -> Result<Option<Rate>, Refusal> {
    match (texts, seconds) {
        (None, None) => Ok(None),
        (Some(texts), Some(seconds)) => Ok(Some(Rate {
            texts,
            window: duration(seconds)?,
        })),
        _ => Err(Refusal::bad("a rate needs texts and seconds")),
    }
}

fn class(name: &str) -> Result<Class, Refusal> {
    Ok(match name {
        "text" => Class::Text,
        "media" => Class::Media,
        "upload" => Class::Upload,
        "recall" => Class::Recall,
        other => return Err(Refusal::bad(format!("there is no class {other:?}"))),
    })
}

fn fault(plant: &FaultOrder) -> Result<Fault, Refusal> {
    let size = || {
        let size = plant.size.and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| Refusal::bad(format!("{} needs a size", plant.fault)))
    };
    let time = || match plant.seconds {
        Some(seconds) => duration(seconds),
        None => Err(Refusal::bad(format!("{} needs seconds", plant.fault))),
    };
    Ok(match plant.fault.as_str() {
        "reset" => Fault::Reset,
        "close" => Fault::Close,
        "reset_in_body" => Fault::ResetInBody(size()?),
        "silence" => Fault::Silence,
        "stall" => Fault::Stall(size()?),
        "bad_status_line" => Fault::BadStatusLine,
        "long_length" => Fault::LongLength(size()?),
        "chunked" => Fault::Chunked(size()?),
        "no_length" => Fault::NoLength,
        "gzip" => Fault::Gzip,
        "drip" => Fault::Drip(time()?),
        "oversize" => Fault::Oversize(size()? as u64),
        "unavailable" => Fault::Unavailable(time()?),
        other => return Err(Refusal::bad(format!("there is no fault {other:?}"))),
    })
}

pub(super) fn duration(seconds: f64) -> Result<Duration, Refusal> {
    Duration::try_from_secs_f64(seconds).map_err(|_| Refusal::bad("seconds is not a time"))
}

#[cfg(test)]
mod tests {
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
}
