//! The calls of the protocol and what the official page sends with each.

mod media;
mod people;

use std::fmt;

use super::masks::Kind;
use super::setup::FILE_HELPER;

/// A call of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Endpoint {
    /// A path the service does not have.
    Unknown,
    /// The main page, which has no number.
    Index,
    /// E01
    Jslogin,
    /// E02
    Qrcode,
    /// E03
    Login,
    /// E05
    PushLogin,
    /// E06
    NewLoginPage,
    /// E10
    Init,
    /// E11
    StatusNotify,
    /// E12
    GetContact,
    /// E13
    BatchGetContact,
    /// E14
    SyncCheck,
    /// E15
    Sync,
    /// E20
    SendMsg,
    /// E21
    SendMsgImg,
    /// E22
    SendVideoMsg,
    /// E23
    SendEmoticon,
    /// E24
    SendAppMsg,
    /// E25
    RevokeMsg,
    /// E30
    CheckUpload,
    /// E31
    UploadMedia,
    /// E32
    Preview,
    /// E40
    GetMsgImg,
    /// E41
    GetVoice,
    /// E42
    GetVideo,
    /// E43
    GetMedia,
    /// E44
    GetIcon,
    /// E45
    GetHeadImg,
    /// E46
    GetPublicLinkImg,
    /// E50
    OpLog,
    /// E51
    VerifyUser,
    /// E52
    CreateChatRoom,
    /// E53
    UpdateChatRoom,
    /// E54
    SearchContact,
    /// E60
    StatReport,
    /// E61
    CheckUrl,
    /// E62
    SendFeedback,
    /// E63
    Logout,
}

impl Endpoint {
    /// The number the protocol's notes give it: `E01`.
    #[must_use]
    pub fn id(self) -> &'static str {
        rows()
            .find(|row| row.endpoint == self)
            .map_or("", |row| row.id)
    }

    /// The last part of its path: `jslogin`.
    #[must_use]
    pub fn name(self) -> &'static str {
        rows()
            .find(|row| row.endpoint == self)
            .map_or("unknown", |row| row.name)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The row of a path, whatever host it was asked at.
pub(super) fn row(path: &str) -> Option<&'static Row> {
    let name = match path.strip_prefix("/cgi-bin/mmwebwx-bin/") {
        Some(name) => name,
        None if path == "/" => "index",
        None if path == "/jslogin" => "jslogin",
        None if path.starts_with("/qrcode/") => "qrcode",
        None => return None,
    };
    rows().find(|row| row.name == name && row.absolute != path.starts_with("/cgi-bin/"))
}

/// What is known of a call before any state is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) endpoint: Endpoint,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// The path does not stand below the CGI folder.
    pub(super) absolute: bool,
    pub(super) host: Host,
    pub(super) method: Verb,
    /// Another method that works as well.
    pub(super) also: Option<Verb>,
    pub(super) params: &'static [Param],
    pub(super) body: Body,
    /// Members of a JSON body that stand there in some calls and not in others.
    pub(super) may: &'static [&'static str],
}

impl Row {
    /// Whether somebody who calls it is logged in.
    pub(super) fn in_session(&self) -> bool {
        self.endpoint >= Endpoint::Init
    }

    /// Whether it is about people and rooms, of which the page of the file helper knows none.
    pub(super) fn is_about_people(&self) -> bool {
        matches!(
            self.endpoint,
            Endpoint::GetContact | Endpoint::BatchGetContact
        ) || (Endpoint::OpLog..=Endpoint::SearchContact).contains(&self.endpoint)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// The login host of any family: a login may begin at another family than it ends at.
    Login,
    /// The one host of all QR pictures.
    Qr,
    Main,
    Push,
    File,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    None,
    /// JSON with these members.
    Json(&'static [&'static str]),
    Form,
    /// A form, one field of which is JSON with these members.
    Multipart(&'static [&'static str]),
}

/// A query parameter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) need: Need,
    pub(super) form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The call means nothing without it.
    Vital,
    /// The page sends it, the service does not need it.
    Page,
    /// The page sends it in some modes.
    Some,
    /// The page of the file helper sends it, and no other.
    Helper,
    /// The desktop shell sends it once it is in, and no other page.
    Desktop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Any,
    Fixed(&'static str),
    /// Unix milliseconds.
    Millis,
    /// Unix milliseconds cut to 32 bits and inverted.
    Inverted,
    /// Milliseconds of the page load, plus one for each such request.
    Counter,
    /// `zh_CN`, `en_US`, …
    Lang,
    PassTicket,
    Skey,
    Sid,
    Uin,
    DeviceId,
    RedirectUri,
    /// Something the service or the client made up, of which only the handler knows more.
    Given(Kind),
}

impl Form {
    /// What the value means, if it is another one in each run.
    pub(super) const fn kind(self) -> Option<Kind> {
        match self {
            Self::Any | Self::Fixed(_) | Self::Lang | Self::RedirectUri => None,
            Self::Millis | Self::Inverted | Self::Counter => Some(Kind::Time),
            Self::PassTicket => Some(Kind::PassTicket),
            Self::Skey => Some(Kind::Skey),
            Self::Sid => Some(Kind::Sid),
            Self::Uin => Some(Kind::Uin),
            Self::DeviceId => Some(Kind::Device),
            Self::Given(kind) => Some(kind),
        }
    }
}

const fn vital(name: &'static str, form: Form) -> Param {
    Param {
        name,
        need: Need::Vital,
        form,
    }
}

const fn page(name: &'static str, form: Form) -> Param {
    Param {
        name,
        need: Need::Page,
        form,
    }
}

const fn some(name: &'static str, form: Form) -> Param {
    Param {
        name,
        need: Need::Some,
        form,
    }
}

const fn helper(name: &'static str, form: Form) -> Param {
    Param {
        name,
        need: Need::Helper,
        form,
    }
}

const LANG: Param = page("lang", Form::Lang);
const PASS_TICKET: Param = page("pass_ticket", Form::PassTicket);

/// The top level of every send.
const SEND: &[&str] = &["BaseRequest", "Msg", "Scene"];

const fn get(endpoint: Endpoint, id: &'static str, name: &'static str, host: Host) -> Row {
    Row {
        endpoint,
        id,
        name,
        absolute: false,
        host,
        method: Verb::Get,
        also: None,
        params: &[],
        body: Body::None,
        may: &[],
    }
}

const fn post(endpoint: Endpoint, id: &'static str, name: &'static str) -> Row {
    Row {
        method: Verb::Post,
        body: Body::Json(&[]),
        ..get(endpoint, id, name, Host::Main)
    }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(media::ROWS).chain(people::ROWS)
}

static ROWS: &[Row] = &[
    Row {
        absolute: true,
        params: &[some("lang", Form::Lang), some("target", Form::Fixed("t"))],
        ..get(Endpoint::Index, "", "index", Host::Main)
    },
    Row {
        absolute: true,
        also: Some(Verb::Post),
        params: &[
            vital("appid", Form::Any),
            page("redirect_uri", Form::RedirectUri),
            page("fun", Form::Fixed("new")),
            LANG,
            page("_", Form::Counter),
        ],
        ..get(Endpoint::Jslogin, "E01", "jslogin", Host::Login)
    },
    Row {
        absolute: true,
        also: Some(Verb::Post),
        params: &[
            some("t", Form::Given(Kind::Time)),
            some("_", Form::Given(Kind::Time)),
        ],
        ..get(Endpoint::Qrcode, "E02", "qrcode", Host::Qr)
    },
    Row {
        params: &[
            page("loginicon", Form::Fixed("true")),
            vital("uuid", Form::Given(Kind::Uuid)),
            page("tip", Form::Any),
            page("r", Form::Inverted),
            page("_", Form::Counter),
            helper("appid", Form::Fixed(FILE_HELPER)),
        ],
        ..get(Endpoint::Login, "E03", "login", Host::Login)
    },
    Row {
        params: &[
            vital("uin", Form::Given(Kind::Uin)),
            some("mod", Form::Fixed("desktop")),
        ],
        ..get(Endpoint::PushLogin, "E05", "webwxpushloginurl", Host::Main)
    },
    Row {
        params: &[
            vital("ticket", Form::Given(Kind::Ticket)),
            vital("uuid", Form::Given(Kind::Uuid)),
            page("lang", Form::Lang),
            page("scan", Form::Given(Kind::Time)),
            // Missing ones are the handler's to remark.
            some("fun", Form::Fixed("new")),
            some("version", Form::Fixed("v2")),
            some("mod", Form::Fixed("desktop")),
        ],
        ..get(
            Endpoint::NewLoginPage,
            "E06",
            "webwxnewloginpage",
            Host::Main,
        )
    },
    Row {
        params: &[page("r", Form::Inverted), LANG, PASS_TICKET],
        body: Body::Json(&["BaseRequest"]),
        ..post(Endpoint::Init, "E10", "webwxinit")
    },
    Row {
        params: &[LANG, PASS_TICKET],
        body: Body::Json(&[
            "BaseRequest",
            "Code",
            "FromUserName",
            "ToUserName",
            "ClientMsgId",
        ]),
        ..post(Endpoint::StatusNotify, "E11", "webwxstatusnotify")
    },
    Row {
        also: Some(Verb::Post),
        params: &[
            LANG,
            PASS_TICKET,
            page("r", Form::Millis),
            page("seq", Form::Given(Kind::Cursor)),
            page("skey", Form::Skey),
        ],
        ..get(Endpoint::GetContact, "E12", "webwxgetcontact", Host::Main)
    },
    Row {
        params: &[
            page("type", Form::Fixed("ex")),
            page("r", Form::Millis),
            LANG,
            PASS_TICKET,
        ],
        body: Body::Json(&["BaseRequest", "Count", "List"]),
        ..post(Endpoint::BatchGetContact, "E13", "webwxbatchgetcontact")
    },
    Row {
        params: &[
            page("r", Form::Millis),
            vital("skey", Form::Skey),
            vital("sid", Form::Sid),
            vital("uin", Form::Uin),
            page("deviceid", Form::DeviceId),
            vital("synckey", Form::Given(Kind::SyncKeys)),
            page("_", Form::Counter),
            helper("mmweb_appid", Form::Fixed(FILE_HELPER)),
        ],
        ..get(Endpoint::SyncCheck, "E14", "synccheck", Host::Push)
    },
    Row {
        params: &[
            page("sid", Form::Sid),
            page("skey", Form::Skey),
            LANG,
            PASS_TICKET,
        ],
        body: Body::Json(&["BaseRequest", "SyncKey", "rr"]),
        ..post(Endpoint::Sync, "E15", "webwxsync")
    },
    Row {
        params: &[LANG, PASS_TICKET],
        body: Body::Json(SEND),
        ..post(Endpoint::SendMsg, "E20", "webwxsendmsg")
    },
    Row {
        also: Some(Verb::Get),
        params: &[
            page("redirect", Form::Fixed("1")),
            page("type", Form::Any),
            page("skey", Form::Skey),
        ],
        body: Body::Form,
        ..post(Endpoint::Logout, "E63", "webwxlogout")
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_rows() {
        let of = |path| row(path).map(|row| row.endpoint);
        assert_eq!(of("/jslogin"), Some(Endpoint::Jslogin));
        assert_eq!(of("/qrcode/abc=="), Some(Endpoint::Qrcode));
        assert_eq!(of("/cgi-bin/mmwebwx-bin/login"), Some(Endpoint::Login));
        assert_eq!(of("/cgi-bin/mmwebwx-bin/jslogin"), None);
        assert_eq!(of("/login"), None);
        assert_eq!(of("/"), Some(Endpoint::Index));
        assert_eq!(of("/index"), None);
        assert_eq!(Endpoint::Sync.id(), "E15");
        assert_eq!(Endpoint::Sync.name(), "webwxsync");
    }
}
