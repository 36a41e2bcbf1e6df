//! Reads a captured reply with the parsers of this crate and prints what was understood, as JSON.
//!
//! ```text
//! decode ENDPOINT FILE [--type N] [--app-type N] [--room]     (FILE - is standard input)
//! ```
//!
//! The endpoints are those of `ENDPOINTS` below. The options belong to `content`, which reads the
//! `Content` of a single message: its type, the type of an app message, and that it stood in a
//! room. What cannot be understood ends in one sentence on standard error and exit code 1.

use std::{
    env, fs,
    io::{self, Read, Write},
    process::ExitCode,
};

use serde_json::{Value, json};
use wx_proto::{
    Body, ContactKind, Content, Secret, clean,
    endpoint::{
        Uin,
        contact::{ContactRecord, MemberRecord},
        jslogin, login,
        message::MessageRecord,
        synccheck, webwxbatchgetcontact, webwxgetcontact, webwxinit, webwxnewloginpage,
        webwxpushloginurl, webwxsendmsg,
        webwxsync::{self, MessageItem},
        webwxupdatechatroom, webwxuploadmedia,
    },
    message::{self, AppMsgType, MsgType},
};

const ENDPOINTS: [&str; 13] = [
    "jslogin",
    "login",
    "newloginpage",
    "pushloginurl",
    "init",
    "contact",
    "batchcontact",
    "synccheck",
    "sync",
    "send",
    "upload",
    "chatroom",
    "content",
];

fn main() -> ExitCode {
    match run() {
        Ok(value) => {
            // A reader that went away is no failure of ours.
            let _ = writeln!(io::stdout(), "{value:#}");
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            let _ = writeln!(io::stderr(), "{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Value, String> {
    // `args` would panic on what is no UTF-8.
    let args = env::args_os().skip(1);
    let call = Call::parse(args.map(|arg| arg.to_string_lossy().into_owned()))?;
    let body = if call.file == "-" {
        let mut body = Vec::new();
        io::stdin().read_to_end(&mut body).map(|_| body)
    } else {
        fs::read(&call.file)
    };
    let body = body.map_err(|error| format!("cannot read {}: {error}", call.file))?;
    let understood = match call.endpoint.as_str() {
        "jslogin" => jslogin::parse(&body).map(js_login),
        "login" => login::parse(&body).map(login_poll),
        "newloginpage" => webwxnewloginpage::parse(&body).map(new_login_page),
        "pushloginurl" => webwxpushloginurl::parse(&body).map(push_login),
        "init" => webwxinit::parse(&body).map(init),
        "contact" => webwxgetcontact::parse(&body).map(contact_page),
        "batchcontact" => webwxbatchgetcontact::parse(&body).map(contact_batch),
        "synccheck" => synccheck::parse(&body).map(sync_check),
        "sync" => webwxsync::parse(&body).map(sync),
        "send" => webwxsendmsg::parse(&body).map(|reply| sent(&body, reply)),
        "upload" => webwxuploadmedia::parse(&body).map(uploaded),
        "chatroom" => webwxupdatechatroom::parse(&body).map(chatroom),
        "content" => Ok(call.content(&String::from_utf8_lossy(&body))),
        other => {
            let known = ENDPOINTS.join(", ");
            return Err(format!("unknown endpoint {other}; known are {known}"));
        }
    };
    understood.map_err(|error| format!("not understood as {}: {error}", call.endpoint))
}

/// What the command line asks for.
struct Call {
    endpoint: String,
    file: String,
    msg_type: i64,
    app_msg_type: i64,
    room: bool,
}

impl Call {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let usage = || "usage: decode ENDPOINT FILE [--type N] [--app-type N] [--room]".to_owned();
        let mut places = Vec::new();
        let (mut msg_type, mut app_msg_type, mut room) = (None, 0, false);
        while let Some(arg) = args.next() {
            let mut number = || args.next()?.parse().ok();
            match arg.as_str() {
                "--type" => msg_type = Some(number().ok_or_else(usage)?),
                "--app-type" => app_msg_type = number().ok_or_else(usage)?,
                "--room" => room = true,
                _ => places.push(arg),
            }
        }
        let [endpoint, file] = <[String; 2]>::try_from(places).map_err(|_| usage())?;
        if endpoint == "content" && msg_type.is_none() {
            return Err("content needs --type N: the type is not in the content itself".to_owned());
        }
        Ok(Self {
            endpoint,
            file,
            msg_type: msg_type.unwrap_or_default(),
            app_msg_type,
            room,
        })
    }

    fn content(&self, content: &str) -> Value {
        let mut record = MessageRecord::default();
        record.msg_type = self.msg_type;
        record.app_msg_type = self.app_msg_type;
        record.content = content.to_owned();
        if self.room {
            // Any room will do: it makes the prefix a sender.
            record.from_user_name = "@@room".to_owned();
        }
        let content = Content::read(&record);
        let mut value = body(&record, &content.body);
        put(&mut value, "sender", json!(content.sender));
        value
    }
}

fn js_login(reply: jslogin::Reply) -> Value {
    json!({ "code": reply.code, "uuid": reply.uuid })
}

fn login_poll(reply: login::Reply) -> Value {
    json!({
        "code": reply.code,
        "user_avatar": reply.user_avatar,
        "redirect_uri": reply.redirect_uri.as_ref().map(Secret::expose),
    })
}
fn new_login_page(reply: webwxnewloginpage::Reply) -> Value {
    json!({
        "ret": reply.ret.0,
        "message": reply.message,
        "skey": reply.skey.as_ref().map(Secret::expose),
        "wxsid": reply.wxsid.as_ref().map(Secret::expose),
        "wxuin": reply.wxuin.map(Uin::expose),
        "pass_ticket": reply.pass_ticket.as_ref().map(Secret::expose),
        "isgrayscale": reply.isgrayscale,
    })
}

fn push_login(reply: webwxpushloginurl::Reply) -> Value {
    json!({ "ret": reply.ret.0, "uuid": reply.uuid })
}

fn init(reply: webwxinit::Reply) -> Value {
    json!({
        "ret": reply.base.ret.0,
        "count": reply.count,
        "contacts": contacts(&reply.contacts),
        "sync_key": reply.sync_key.map(|key| key.to_string()),
        "user": {
            "uin": reply.user.uin.expose(),
            "user_name": reply.user.user_name,
            "nick_name": clean(&reply.user.nick_name),
        },
        "chat_set": reply.chat_set,
        "skey": reply.skey.as_ref().map(Secret::expose),
        "system_time": reply.system_time,
        "client_version": reply.client_version,
        "mp": reply.mp.iter().map(|mp| json!({
            "user_name": mp.user_name,
            "nick_name": clean(&mp.nick_name),
            "articles": mp.articles.iter().map(|article| json!({
                "title": clean(&article.title),
                "url": clean(&article.url),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn contact_page(reply: webwxgetcontact::Reply) -> Value {
    json!({
        "ret": reply.base.ret.0,
        "err_msg": reply.base.err_msg,
        "count": reply.count,
        "contacts": contacts(&reply.contacts),
        "seq": reply.seq,
    })
}

fn contact_batch(reply: webwxbatchgetcontact::Reply) -> Value {
    json!({
        "ret": reply.base.ret.0,
        "err_msg": reply.base.err_msg,
        "count": reply.count,
        "contacts": contacts(&reply.contacts),
    })
}

fn sync_check(reply: synccheck::Reply) -> Value {
    json!({ "retcode": reply.retcode.0.to_string(), "selector": reply.selector })
}

fn sync(reply: webwxsync::Reply) -> Value {
    json!({
        "ret": reply.base.ret.0,
        "sync_key": reply.sync_key.map(|key| key.to_string()),
        "sync_check_key": reply.sync_check_key.map(|key| key.to_string()),
        "continue_flag": reply.continue_flag,
        "messages": reply.messages.iter().map(message).collect::<Vec<_>>(),
        "mod_contacts": contacts(&reply.mod_contacts),
        "del_contacts": reply.del_contacts,
    })
}

fn sent(body: &[u8], reply: webwxsendmsg::Reply) -> Value {
    // An id of 0 is none to the parser, rightly; here it is shown as it came.
    let zero = || {
        let reply: Value = serde_json::from_slice(body).ok()?;
        reply.get("MsgID")?.as_str().map(str::to_owned)
    };
    json!({
        "ret": reply.base.ret.0,
        "err_msg": reply.base.err_msg,
        "msg_id": reply.msg_id.map(|id| id.to_string()).or_else(zero),
        "local_id": reply.local_id,
    })
}

fn uploaded(reply: webwxuploadmedia::Reply) -> Value {
    json!({
        "ret": reply.base.ret.0,
        "media_id": reply.media_id,
        "start_pos": reply.start_pos,
        "encry_file_name": reply.encry_file_name,
    })
}

fn chatroom(reply: webwxupdatechatroom::Reply) -> Value {
    json!({
        "ret": reply.base.ret.0,
        "err_msg": reply.base.err_msg,
        "members": members(&reply.members),
    })
}

fn contacts(records: &[ContactRecord]) -> Vec<Value> {
    records.iter().map(contact).collect()
}

fn contact(record: &ContactRecord) -> Value {
    let kind = match ContactKind::of(&record.user_name, record.verify_flag.unwrap_or_default()) {
        ContactKind::Person => "person",
        ContactKind::Room => "room",
        ContactKind::Official => "official",
        ContactKind::Special => "special",
        _ => "other",
    };
    json!({
        "user_name": record.user_name,
        "nick_name": record.nick_name.as_deref().map(clean),
        "remark_name": record.remark_name.as_deref().map(clean),
        "contact_flag": record.contact_flag,
        "verify_flag": record.verify_flag,
        "sex": record.sex,
        "kind": kind,
        "member_count": record.member_count,
        "members": record.member_list.as_deref().map(members),
        "encry_chat_room_id": record.encry_chat_room_id,
        "owner": record.chat_room_owner,
    })
}

fn members(records: &[MemberRecord]) -> Vec<Value> {
    let member = |record: &MemberRecord| {
        json!({
            "user_name": record.user_name,
            "nick_name": clean(&record.nick_name),
            "display_name": clean(&record.display_name),
        })
    };
    records.iter().map(member).collect()
}

fn message(item: &MessageItem) -> Value {
    let record = match item {
        MessageItem::Record(record) => record,
        MessageItem::Unreadable(raw) => return json!({ "kind": "unreadable", "raw": raw }),
        _ => return Value::Null,
    };
    let content = Content::read(record);
    let mut value = body(record, &content.body);
    for (key, member) in [
        ("msg_id", json!(record.msg_id)),
        ("sub_msg_type", json!(record.sub_msg_type)),
        ("status_notify_code", json!(record.status_notify_code)),
        ("from", json!(record.from_user_name)),
        ("to", json!(record.to_user_name)),
        ("create_time", json!(record.create_time)),
        ("room", json!(content.room)),
        ("sender", json!(content.sender)),
    ] {
        put(&mut value, key, member);
    }
    value
}

/// What was said, each kind under a key of its own.
fn body(record: &MessageRecord, body: &Body) -> Value {
    let mut value = json!({
        "kind": body.kind(),
        "msg_type": record.msg_type,
        "app_msg_type": record.app_msg_type,
    });
    let mut opaque = false;
    let (key, member) = match body {
        Body::Text(text) | Body::SystemNotice(text) => ("text", json!(text.text)),
        Body::Notice(notice) => ("text", json!(notice.text)),
        Body::Image(image) => {
            opaque = image.opaque;
            let size = json!({
                "md5": image.md5,
                "length": image.size,
                "width": image.width,
                "height": image.height,
            });
            ("image", size)
        }
        Body::Voice(voice) => {
            opaque = voice.opaque;
            let length = voice.duration.map(|length| length.as_millis() as u64);
            (
                "voice",
                json!({ "length_ms": length, "length": voice.size }),
            )
        }
        Body::Video(video) => {
            opaque = video.opaque;
            let length = video.duration.map(|length| length.as_secs());
            (
                "video",
                json!({ "play_length": length, "length": video.size }),
            )
        }
        Body::Emoticon(sticker) => {
            opaque = sticker.opaque;
            let sticker = json!({
                "md5": sticker.md5,
                "cdnurl": sticker.cdnurl,
                "width": sticker.width,
                "height": sticker.height,
                "from_store": sticker.from_store,
            });
            ("emoticon", sticker)
        }
        Body::Location(place) => {
            let place = json!({
                "label": place.label,
                "poiname": place.poiname,
                "x": place.x,
                "y": place.y,
                "scale": place.scale,
                "url": place.url,
            });
            ("location", place)
        }
        Body::Card(card) | Body::PossibleFriend(card) => {
            let card = json!({ "user_name": card.user_name, "nick_name": card.nick_name });
            ("card", card)
        }
        Body::FriendRequest(request) => {
            let request = json!({
                "user_name": request.user_name,
                "nick_name": request.nick_name,
                "content": request.content,
                "ticket": request.ticket.as_ref().map(Secret::expose),
                "scene": request.scene,
                "opcode": request.opcode,
            });
            ("friend_request", request)
        }
        Body::File(file) => {
            opaque = file.opaque;
            // A file is an app message too.
            let app = json!({ "title": file.name, "url": null, "type": AppMsgType::FILE.0 });
            put(&mut value, "app", app);
            let file = json!({
                "name": file.name,
                "size": file.size,
                "media_id": file.media_id.expose(),
                "encry_file_name": file.encry_file_name,
                "extension": file.extension,
            });
            ("file", file)
        }
        Body::App(app) => {
            opaque = app.opaque;
            if MsgType(record.msg_type) == MsgType::TEXT {
                put(&mut value, "text", json!(app.title));
            }
            ("app", app_message(app))
        }
        Body::StatusNotify(notify) => {
            put(&mut value, "accounts", json!(notify.accounts));
            ("status_notify_users", json!(notify.users))
        }
        Body::Recalled(recalled) => {
            let id = recalled.msg_id.as_ref().map(ToString::to_string);
            let id = id.or_else(|| recalled.last_own.then(|| "0".to_owned()));
            let recalled = json!({ "msg_id": id, "replace_msg": recalled.replace_msg });
            ("recalled", recalled)
        }
        Body::System(system) => {
            let system = json!({ "kind": system.kind, "template": system.template });
            ("system", system)
        }
        Body::Unknown(unknown) => ("raw", json!(unknown.raw)),
        Body::Unreadable(unreadable) => ("raw", json!(unreadable.raw)),
        _ => ("raw", json!(record.content)),
    };
    put(&mut value, key, member);
    if opaque {
        put(&mut value, "opaque", json!(true));
    }
    value
}

fn app_message(app: &message::App) -> Value {
    let articles = app.articles.iter().map(
        |article| json!({ "title": article.title, "url": article.url, "digest": article.digest }),
    );
    json!({
        "title": app.title,
        "description": app.description,
        "url": app.url,
        "type": app.kind.0,
        "source": app.source,
        "articles": articles.collect::<Vec<_>>(),
    })
}

fn put(value: &mut Value, key: &str, member: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), member);
    }
}
