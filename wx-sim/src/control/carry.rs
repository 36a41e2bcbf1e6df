//! Orders, turned into what happens.

use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::{
    Refusal,
    order::{FaultOrder, Order, duration},
    piece,
};
use crate::{
    listen::{Fault, Shared},
    server::{AccountId, Act, Class, Code, Deed, DeedError, Mark, Rate, Whose},
};

/// Does what the body asks for under this name.
pub(super) fn out(
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
            let number = number.ok_or_else(|| Refusal::bad("account is not a number"))?;
            Some(AccountId(number))
        }
    };
    let account = || whose.map_or(Whose::Latest, Whose::Account);
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
    done(shared, of_account(name, deed, whose)?)
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

/// A deed on a code may name an account: whose phone scans it, or to whose phone it was pushed.
fn of_account(name: &str, deed: Deed, whose: Option<AccountId>) -> Result<Deed, Refusal> {
    let Some(account) = whose else {
        return Ok(deed);
    };
    let pushed = Code::Pushed(account);
    match deed {
        Deed::Scan(code) => Ok(Deed::ScanBy(code, account)),
        Deed::Confirm(Code::Latest) => Ok(Deed::Confirm(pushed)),
        Deed::Cancel(Code::Latest) => Ok(Deed::Cancel(pushed)),
        Deed::Expire(Code::Latest) => Ok(Deed::Expire(pushed)),
        Deed::Confirm(_) | Deed::Cancel(_) | Deed::Expire(_) => {
            Err(Refusal::bad("uuid and account exclude each other"))
        }
        _ => Err(Refusal::bad(format!("/{name} takes no account"))),
    }
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
            class: named,
        } => {
            let rate = rate(texts, seconds)?;
            return Ok(Lowered::Deed(match named {
                None => Deed::Rate(rate),
                Some(name) => Deed::RateOf(class(&name)?, rate),
            }));
        }
        Order::Bar { barred } => return Ok(Lowered::Deed(Deed::Bar(barred.unwrap_or(true)))),
        Order::DesktopOnly { only } => {
            return Ok(Lowered::Deed(Deed::DesktopOnly(only.unwrap_or(true))));
        }
        Order::Push { allowed } => {
            return Ok(Lowered::Deed(Deed::Push(allowed.unwrap_or(true))));
        }
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
        Order::Request { plain, nick, words } => Act::FriendRequest {
            plain,
            nick,
            words: words.unwrap_or_default(),
        },
        Order::Accept { who } => Act::FriendAccepts { who },
        Order::Unfriend { who } => Act::Unfriends { who },
        Order::Mark {
            who,
            mark: named,
            on,
        } => Act::Marked {
            who,
            mark: mark(&named)?,
            on: on.unwrap_or(true),
        },
        Order::Profile { nick, picture } => Act::Profile {
            nick,
            picture: picture.unwrap_or(false),
        },
        Order::Remove { who } => Act::ContactDeleted { who },
        Order::Join {
            room,
            who,
            by,
            code: Some(true),
        } => Act::JoinsByCode {
            room,
            who,
            shown_by: by,
        },
        Order::Join { room, who, by, .. } => Act::JoinsInvited { room, who, by },
        Order::PutOut { room, who } => Act::Removed { room, who },
        Order::Rename { room, by, topic } => Act::Renamed { room, by, topic },
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

fn class(name: &str) -> Result<Class, Refusal> {
    Ok(match name {
        "text" => Class::Text,
        "media" => Class::Media,
        "upload" => Class::Upload,
        "recall" => Class::Recall,
        "lookup" => Class::Lookup,
        "remark" => Class::Remark,
        "friend" => Class::Friend,
        "new_room" => Class::NewRoom,
        "room" => Class::Room,
        _ => return Err(Refusal::bad(format!("there is no class {name:?}"))),
    })
}

fn mark(name: &str) -> Result<Mark, Refusal> {
    Ok(match name {
        "mute" => Mark::Mute,
        "star" => Mark::Star,
        "pin" => Mark::Pin,
        "block" => Mark::Block,
        _ => return Err(Refusal::bad(format!("there is no mark {name:?}"))),
    })
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
