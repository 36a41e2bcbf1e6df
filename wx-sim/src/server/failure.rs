//! What each call answers when it fails: its full shape with nothing in it.

use bytes::Bytes;
use http::{Response, StatusCode, header};

use super::Server;
use super::call::Call;
use super::contact::{no_user, profile};
use super::endpoint::Endpoint;
use super::keys::Keys;
use super::reply::{self, Json, base};
use super::rooms::no_room;

impl Server {
    pub(super) fn failure(&self, call: &Call, code: i64) -> Response<Bytes> {
        let script = |body: String| reply::script(self.now, body);
        let json = |members| reply::json(self.now, self.packs(call), &Json::Object(members));
        let none = || Json::List(Vec::new());
        match call.endpoint {
            Endpoint::Jslogin => {
                script("window.QRLogin.code = 400; window.QRLogin.error = \"\";".to_owned())
            }
            Endpoint::Login => script(format!("window.code={code};")),
            Endpoint::SyncCheck => script(format!(
                "window.synccheck={{retcode:\"{code}\",selector:\"0\"}}"
            )),
            Endpoint::PushLogin => reply::plain(
                self.now,
                StatusCode::OK,
                "text/plain",
                Bytes::from(format!(
                    "{{\"ret\":\"{code}\",\"msg\":\"error\",\"uuid\":\"\"}}"
                )),
            ),
            Endpoint::NewLoginPage => self.turn_away(call, code),
            Endpoint::Init => json(vec![
                base(code),
                ("Count", Json::Num(0)),
                ("ContactList", none()),
                ("SyncKey", Keys::empty().json()),
                ("User", no_user()),
                ("ChatSet", "".into()),
                ("SKey", "".into()),
                ("ClientVersion", Json::Num(0)),
                ("SystemTime", Json::Num(0)),
                ("GrayScale", Json::Num(0)),
                ("InviteStartCount", Json::Num(0)),
                ("MPSubscribeMsgCount", Json::Num(0)),
                ("MPSubscribeMsgList", none()),
                ("ClickReportInterval", Json::Num(0)),
            ]),
            Endpoint::StatusNotify => json(vec![base(code), ("MsgID", "".into())]),
            Endpoint::GetContact => json(vec![
                base(code),
                ("MemberCount", Json::Num(0)),
                ("MemberList", none()),
                ("Seq", Json::Num(0)),
            ]),
            Endpoint::BatchGetContact => json(vec![
                base(code),
                ("Count", Json::Num(0)),
                ("ContactList", none()),
            ]),
            Endpoint::Sync => json(vec![
                base(code),
                ("AddMsgCount", Json::Num(0)),
                ("AddMsgList", none()),
                ("ModContactCount", Json::Num(0)),
                ("ModContactList", none()),
                ("DelContactCount", Json::Num(0)),
                ("DelContactList", none()),
                ("ModChatRoomMemberCount", Json::Num(0)),
                ("ModChatRoomMemberList", none()),
                ("Profile", profile()),
                ("ContinueFlag", Json::Num(0)),
                ("SyncKey", Keys::empty().json()),
                ("SKey", "".into()),
                ("SyncCheckKey", Keys::empty().json()),
            ]),
            Endpoint::SendMsg
            | Endpoint::SendMsgImg
            | Endpoint::SendVideoMsg
            | Endpoint::SendEmoticon
            | Endpoint::SendAppMsg => json(vec![
                base(code),
                ("MsgID", "".into()),
                ("LocalID", "".into()),
            ]),
            Endpoint::CheckUpload => json(vec![
                base(code),
                ("MediaId", "".into()),
                ("AESKey", "".into()),
                ("Signature", "".into()),
                ("EncryFileName", "".into()),
            ]),
            Endpoint::UploadMedia => {
                let mut reply = json(vec![
                    base(code),
                    ("MediaId", "".into()),
                    ("StartPos", Json::Num(0)),
                    ("CDNThumbImgHeight", Json::Num(0)),
                    ("CDNThumbImgWidth", Json::Num(0)),
                    ("EncryFileName", "".into()),
                ]);
                // A failed upload was seen without any type.
                reply.headers_mut().remove(header::CONTENT_TYPE);
                reply
            }
            // Whatever is wrong with a download, nothing is what comes.
            Endpoint::Preview
            | Endpoint::GetMsgImg
            | Endpoint::GetVoice
            | Endpoint::GetVideo
            | Endpoint::GetMedia
            | Endpoint::GetIcon
            | Endpoint::GetHeadImg
            | Endpoint::GetPublicLinkImg => {
                reply::plain(self.now, StatusCode::OK, "text/plain", Bytes::new())
            }
            Endpoint::CreateChatRoom => json(no_room(code)),
            Endpoint::UpdateChatRoom => json(vec![
                base(code),
                ("MemberCount", Json::Num(0)),
                ("MemberList", none()),
            ]),
            Endpoint::SearchContact => json(vec![base(code), ("List", none())]),
            _ => json(vec![base(code)]),
        }
    }
}
