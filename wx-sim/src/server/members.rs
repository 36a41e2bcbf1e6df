//! The members of JSON bodies and forms, as a canonical text shows them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::call::{keep_escapes, shown};
use super::endpoint::Endpoint;
use super::masks::{HIDDEN, Kind, Masks, limited};

/// How a member is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    /// As it is.
    Plain,
    /// As it is, but for the ids inside.
    Around(Kind),
    As(Kind),
    /// As `…`: the page does not send it.
    Hidden,
}

/// Everything the page sends.
static MEMBERS: &[(&str, Show)] = &[
    ("AESKey", Show::As(Kind::AesKey)),
    ("AddMemberList", Show::As(Kind::User)),
    ("BaseRequest", Show::Plain),
    ("ChatRoomId", Show::As(Kind::User)),
    ("ChatRoomName", Show::As(Kind::User)),
    ("ClientMediaId", Show::As(Kind::Upload)),
    ("ClientMsgId", Show::As(Kind::Message)),
    ("CmdId", Show::Plain),
    ("Code", Show::Plain),
    ("Content", Show::Plain),
    ("Count", Show::Plain),
    ("DataLen", Show::Plain),
    ("DelMemberList", Show::As(Kind::User)),
    ("DeviceID", Show::As(Kind::Device)),
    ("EMoticonMd5", Show::Plain),
    ("EmojiFlag", Show::Plain),
    ("EncryChatRoomId", Show::As(Kind::User)),
    ("FileMd5", Show::Plain),
    ("FileName", Show::Plain),
    ("FileSize", Show::Plain),
    ("FileType", Show::Plain),
    ("FromUserName", Show::As(Kind::User)),
    ("InviteMemberList", Show::As(Kind::User)),
    ("Key", Show::Plain),
    ("KeyWord", Show::Plain),
    ("List", Show::Plain),
    ("LocalID", Show::As(Kind::Message)),
    ("MachineType", Show::Plain),
    ("MediaId", Show::As(Kind::Media)),
    ("MediaType", Show::Plain),
    ("MemberCount", Show::Plain),
    ("MemberList", Show::Plain),
    ("Msg", Show::Plain),
    ("MsgSource", Show::Around(Kind::User)),
    ("NewTopic", Show::Plain),
    ("OP", Show::Plain),
    ("Opcode", Show::Plain),
    ("RemarkName", Show::Plain),
    ("ReportType", Show::Plain),
    ("Scene", Show::Plain),
    ("SceneList", Show::Plain),
    ("SceneListCount", Show::Plain),
    ("Sid", Show::As(Kind::Sid)),
    ("Signature", Show::As(Kind::Signature)),
    ("Skey", Show::As(Kind::Skey)),
    ("StartPos", Show::Plain),
    ("SvrMsgId", Show::As(Kind::Message)),
    ("SyncKey", Show::Plain),
    ("Text", Show::As(Kind::Report)),
    ("ToUserName", Show::As(Kind::User)),
    ("Topic", Show::Plain),
    ("TotalLen", Show::Plain),
    ("Type", Show::Plain),
    ("Uin", Show::As(Kind::Uin)),
    ("UploadType", Show::Plain),
    ("UserName", Show::As(Kind::User)),
    ("Value", Show::As(Kind::User)),
    ("VerifyContent", Show::Plain),
    ("VerifyUserList", Show::Plain),
    ("VerifyUserListSize", Show::Plain),
    ("VerifyUserTicket", Show::As(Kind::Ticket)),
    ("rr", Show::As(Kind::Time)),
    ("sid", Show::As(Kind::Sid)),
    ("skey", Show::As(Kind::Skey)),
    ("uin", Show::As(Kind::Uin)),
];

/// What a member of a form means, if the page sends it.
pub(super) fn kind(name: &str) -> Option<Kind> {
    match show_of(name) {
        Show::As(kind) => Some(kind),
        Show::Plain | Show::Around(_) | Show::Hidden => None,
    }
}

fn show_of(name: &str) -> Show {
    let row = MEMBERS.iter().find(|(member, _)| *member == name);
    row.map_or(Show::Hidden, |(_, show)| *show)
}

/// A body, its members in the order in which they were sent. `None`: it is not JSON.
pub(super) fn show(body: &[u8], endpoint: Endpoint, masks: &mut Masks) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    let (literal, _) = keep_escapes(body);
    let mut page = Page {
        text: String::new(),
        endpoint,
        key: None,
        masks,
    };
    let mut document = serde_json::Deserializer::from_str(&literal);
    let top = Walk {
        page: &mut page,
        show: Show::Plain,
        before: "",
    };
    top.deserialize(&mut document).ok()?;
    document.end().ok()?;
    Some(page.text)
}

struct Page<'a> {
    text: String,
    endpoint: Endpoint,
    /// The number of the key list's entry at hand, which tells what its value is.
    key: Option<u64>,
    masks: &'a mut Masks,
}

impl Page<'_> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn show(&self, name: &str) -> Show {
        match name {
            "Val" => Show::As(Kind::of_key(self.key)),
            // Everywhere else it is the id of a message, here it is the clock alone.
            // What is forwarded or attached stands inside XML.
            "Content"
                if matches!(
                    self.endpoint,
                    Endpoint::SendMsgImg | Endpoint::SendVideoMsg | Endpoint::SendAppMsg
                ) =>
            {
                Show::Around(Kind::Media)
            }
            "ClientMsgId" if self.endpoint == Endpoint::StatusNotify => Show::As(Kind::Time),
            _ => show_of(name),
        }
    }
}

/// One value on its way onto the page.
struct Walk<'a, 'b> {
    page: &'a mut Page<'b>,
    show: Show,
    /// What separates it from the one before it.
    before: &'static str,
}

impl Walk<'_, '_> {
    /// A number, a truth value or nothing.
    fn bare(self, value: &str) {
        let shown = match self.show {
            Show::Plain | Show::Around(_) => value.to_owned(),
            Show::As(kind) => self.page.masks.mask(kind, value),
            Show::Hidden => HIDDEN.to_owned(),
        };
        self.page.push(&shown);
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.page.push(self.before);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.bare(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.bare(&value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.bare(&value.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.bare(&value.to_string());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.bare("null");
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        let shown = match self.show {
            Show::Plain => limited(value),
            Show::Around(kind) => limited(&self.page.masks.inside(kind, value)),
            Show::As(kind) => self.page.masks.mask(kind, value),
            Show::Hidden => HIDDEN.to_owned(),
        };
        self.page.push("\"");
        self.page.push(&shown.replace('"', "\\\""));
        self.page.push("\"");
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { page, show, .. } = self;
        if show != Show::Plain {
            page.push(HIDDEN);
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        page.push("[");
        let mut before = "";
        while let Some(()) = list.next_element_seed(Walk { page, show, before })? {
            before = ",";
        }
        page.push("]");
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { page, show, .. } = self;
        if show != Show::Plain {
            page.push(HIDDEN);
            while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        page.push("{");
        let mut before = "";
        page.key = None;
        while let Some(name) = members.next_key::<String>()? {
            let show = page.show(&name);
            page.push(&format!("{before}\"{}\":", shown(&name)));
            before = ",";
            let start = page.text.len();
            members.next_value_seed(Walk {
                page,
                show,
                before: "",
            })?;
            if name == "Key" {
                page.key = page.text.get(start..).and_then(|key| key.parse().ok());
            }
        }
        page.push("}");
        Ok(())
    }
}
