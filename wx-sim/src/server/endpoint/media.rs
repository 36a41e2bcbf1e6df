//! The calls that send, take and give media.

use super::super::{masks::Kind, setup::FILE_HELPER};
use super::{
    Body, Endpoint, Form, Host, Need, PASS_TICKET, Param, Row, SEND, get, helper, page, post, some,
    vital,
};

pub(super) static ROWS: &[Row] = &[
    Row {
        params: SEND_MEDIA,
        body: Body::Json(SEND),
        ..post(Endpoint::SendMsgImg, "E21", "webwxsendmsgimg")
    },
    Row {
        params: SEND_MEDIA,
        body: Body::Json(SEND),
        ..post(Endpoint::SendVideoMsg, "E22", "webwxsendvideomsg")
    },
    Row {
        params: &[
            page("fun", Form::Fixed("sys")),
            some("f", Form::Fixed("json")),
            some("lang", Form::Lang),
            PASS_TICKET,
        ],
        body: Body::Json(SEND),
        ..post(Endpoint::SendEmoticon, "E23", "webwxsendemoticon")
    },
    Row {
        params: &[
            page("fun", Form::Fixed("async")),
            page("f", Form::Fixed("json")),
            Param {
                name: "mod",
                need: Need::Desktop,
                form: Form::Fixed("desktop"),
            },
            some("lang", Form::Lang),
            PASS_TICKET,
        ],
        body: Body::Json(SEND),
        ..post(Endpoint::SendAppMsg, "E24", "webwxsendappmsg")
    },
    Row {
        params: &[
            some("lang", Form::Lang),
            PASS_TICKET,
            some("r", Form::Millis),
        ],
        body: Body::Json(&["BaseRequest", "SvrMsgId", "ToUserName", "ClientMsgId"]),
        ..post(Endpoint::RevokeMsg, "E25", "webwxrevokemsg")
    },
    Row {
        params: &[some("lang", Form::Lang), PASS_TICKET],
        body: Body::Json(&[
            "BaseRequest",
            "FromUserName",
            "ToUserName",
            "FileSize",
            "FileMd5",
            "FileName",
            "FileType",
        ]),
        ..post(Endpoint::CheckUpload, "E30", "webwxcheckupload")
    },
    Row {
        host: Host::File,
        params: &[
            page("f", Form::Fixed("json")),
            helper("random", Form::Given(Kind::Time)),
        ],
        body: Body::Multipart(&[
            "UploadType",
            "BaseRequest",
            "ClientMediaId",
            "TotalLen",
            "StartPos",
            "DataLen",
            "MediaType",
            "FromUserName",
            "ToUserName",
            "FileMd5",
        ]),
        may: &["AESKey", "Signature"],
        ..post(Endpoint::UploadMedia, "E31", "webwxuploadmedia")
    },
    Row {
        params: &[
            page("fun", Form::Fixed("preview")),
            vital("mediaid", Form::Given(Kind::Media)),
        ],
        ..get(Endpoint::Preview, "E32", "webwxpreview", Host::Main)
    },
    Row {
        params: &[
            page("MsgID", Form::Given(Kind::Message)),
            page("skey", Form::Skey),
            some("type", Form::Any),
        ],
        ..get(Endpoint::GetMsgImg, "E40", "webwxgetmsgimg", Host::Main)
    },
    Row {
        params: MESSAGE_MEDIA,
        ..get(Endpoint::GetVoice, "E41", "webwxgetvoice", Host::Main)
    },
    Row {
        params: MESSAGE_MEDIA,
        ..get(Endpoint::GetVideo, "E42", "webwxgetvideo", Host::Main)
    },
    Row {
        params: &[
            page("sender", Form::Given(Kind::User)),
            vital("mediaid", Form::Given(Kind::Media)),
            // One of the two; older clients send the name as it is.
            some("encryfilename", Form::Any),
            some("filename", Form::Any),
            page("fromuser", Form::Uin),
            PASS_TICKET,
            vital("webwx_data_ticket", Form::Given(Kind::DataTicket)),
            helper("sid", Form::Sid),
            helper("mmweb_appid", Form::Fixed(FILE_HELPER)),
        ],
        ..get(Endpoint::GetMedia, "E43", "webwxgetmedia", Host::File)
    },
    Row {
        params: HEAD_PICTURE,
        ..get(Endpoint::GetIcon, "E44", "webwxgeticon", Host::Main)
    },
    Row {
        params: HEAD_PICTURE,
        ..get(Endpoint::GetHeadImg, "E45", "webwxgetheadimg", Host::Main)
    },
    Row {
        params: &[
            page("url", Form::Fixed("xxx")),
            vital("msgid", Form::Given(Kind::Message)),
            page("pictype", Form::Fixed("location")),
        ],
        ..get(
            Endpoint::GetPublicLinkImg,
            "E46",
            "webwxgetpubliclinkimg",
            Host::Main,
        )
    },
];

/// The query of the sends whose message is made behind the scenes.
const SEND_MEDIA: &[Param] = &[
    page("fun", Form::Fixed("async")),
    page("f", Form::Fixed("json")),
    some("lang", Form::Lang),
    PASS_TICKET,
];

/// Media of a message that are not pictures.
const MESSAGE_MEDIA: &[Param] = &[
    page("msgid", Form::Given(Kind::Message)),
    page("skey", Form::Skey),
];

/// The picture of a person or a room. The key may be empty.
const HEAD_PICTURE: &[Param] = &[
    page("seq", Form::Given(Kind::Cursor)),
    // In any spelling, as with the ids of messages.
    page("username", Form::Given(Kind::User)),
    page("skey", Form::Given(Kind::Skey)),
    some("chatroomid", Form::Given(Kind::User)),
    some("msgid", Form::Given(Kind::Message)),
    some("type", Form::Fixed("big")),
];
