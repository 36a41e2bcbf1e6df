use Endpoint::*;
use HostRole::{File, Login as LoginHost, Main, Push};
use Repeat::{AtMostOnce, Deduplicated, Idempotent};

use crate::endpoint::{Endpoint, HostRole, Repeat};

#[test]
fn each_endpoint_knows_its_place() {
    // Name, host, seconds until it is given up, and what a second one does.
    for (endpoint, name, host, timeout, repeat) in [
        (JsLogin, "jslogin", LoginHost, 10, Idempotent),
        // The long polls must outlast the 25 s for which the service holds them.
        (Login, "login", LoginHost, 35, Idempotent),
        (PushLoginUrl, "webwxpushloginurl", Main, 10, Idempotent),
        (NewLoginPage, "webwxnewloginpage", Main, 15, Idempotent),
        (Init, "webwxinit", Main, 30, Idempotent),
        (StatusNotify, "webwxstatusnotify", Main, 15, Deduplicated),
        (GetContact, "webwxgetcontact", Main, 60, Idempotent),
        (
            BatchGetContact,
            "webwxbatchgetcontact",
            Main,
            30,
            Idempotent,
        ),
        (SyncCheck, "synccheck", Push, 35, Idempotent),
        (Sync, "webwxsync", Main, 20, Idempotent),
        (SendMsg, "webwxsendmsg", Main, 20, Deduplicated),
        (SendMsgImg, "webwxsendmsgimg", Main, 20, Deduplicated),
        (SendVideoMsg, "webwxsendvideomsg", Main, 20, Deduplicated),
        (SendEmoticon, "webwxsendemoticon", Main, 20, Deduplicated),
        (SendAppMsg, "webwxsendappmsg", Main, 20, Deduplicated),
        (RevokeMsg, "webwxrevokemsg", Main, 15, Deduplicated),
        (CheckUpload, "webwxcheckupload", Main, 30, Idempotent),
        (UploadMedia, "webwxuploadmedia", File, 120, Idempotent),
        (GetMsgImg, "webwxgetmsgimg", Main, 60, Idempotent),
        (GetVoice, "webwxgetvoice", Main, 60, Idempotent),
        (GetVideo, "webwxgetvideo", Main, 120, Idempotent),
        (GetMedia, "webwxgetmedia", File, 120, Idempotent),
        (GetIcon, "webwxgeticon", Main, 30, Idempotent),
        (GetHeadImg, "webwxgetheadimg", Main, 30, Idempotent),
        (
            GetPublicLinkImg,
            "webwxgetpubliclinkimg",
            Main,
            30,
            Idempotent,
        ),
        (OpLog, "webwxoplog", Main, 10, Idempotent),
        (VerifyUser, "webwxverifyuser", Main, 15, AtMostOnce),
        (CreateChatRoom, "webwxcreatechatroom", Main, 30, AtMostOnce),
        (UpdateChatRoom, "webwxupdatechatroom", Main, 30, AtMostOnce),
        (SearchContact, "webwxsearchcontact", Main, 15, Idempotent),
        (StatReport, "webwxstatreport", Main, 10, AtMostOnce),
        (Logout, "webwxlogout", Main, 10, AtMostOnce),
        (Index, "index", Main, 10, Idempotent),
        (Raw, "raw", Main, 60, AtMostOnce),
    ] {
        let row = endpoint.row();
        assert_eq!(endpoint.name(), name);
        assert_eq!(
            (row.host, row.timeout.as_secs(), row.repeat),
            (host, timeout, repeat),
            "{name}"
        );
    }
}
