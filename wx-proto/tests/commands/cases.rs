//! The commands.

use bytes::Bytes;
use wx_proto::{
    AcceptFriend, AddFriend, AddMembers, Attachment, Body, CheckLogin, CreateRoom, FetchAvatar,
    FetchContacts, FetchFile, FetchImage, FetchMap, FetchSticker, FetchVideo, FetchVoice, Forward,
    InviteMembers, LeaveRoom, MarkRead, MediaKind, Pin, Raw, Recall, RemoveMember, RenameRoom,
    SearchContact, SendEmoticon, SendFile, SendImage, SendText, SendVideo, SetRemark, StatReport,
    Unpin, Upload,
};

use wx_sim::server::{Blob, Piece};

use crate::{
    matrix::Case,
    stage::{Lent, OTHER, Stage, submit},
};

/// A file of three pieces.
pub(crate) fn three_pieces() -> Bytes {
    (0..1_300_000_u32).map(|n| (n % 251) as u8).collect()
}

pub(crate) fn picture() -> Bytes {
    let head = b"\xFF\xD8\xFF\xE0\0\x10JFIF";
    head.iter()
        .copied()
        .chain((0..40_000_u32).map(|n| n as u8))
        .collect()
}

pub(crate) fn gif() -> Bytes {
    b"GIF89a"
        .iter()
        .copied()
        .chain((0..9000_u32).map(|n| n as u8))
        .collect()
}

macro_rules! commands {
    ($($name:ident: $asks:expr, $once:expr, $deaf:expr, $submit:expr;)*) => {
        $(
            mod $name {
                use super::*;

                const CASE: Case = Case {
                    asks: &$asks,
                    once: $once,
                    deaf: $deaf,
                    submit: $submit,
                };

                #[test]
                fn succeeds() {
                    CASE.succeeds();
                }

                #[test]
                fn is_refused() {
                    CASE.is_refused();
                }

                #[test]
                fn is_slowed_down() {
                    CASE.is_slowed_down();
                }

                #[test]
                fn survives_faults() {
                    CASE.survives_faults();
                }

                #[test]
                fn meets_garbage() {
                    CASE.meets_garbage();
                }

                #[test]
                fn is_cancelled() {
                    CASE.is_cancelled();
                }
            }
        )*
    };
}

const MANY: bool = false;
const ONCE: bool = true;
const HEARS: bool = false;
const DEAF: bool = true;

commands! {
    send_text: ["webwxsendmsg"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, SendText::new(stage.friend(), "hello"), Lent::Nothing)
    };
    send_text_with_mention: ["webwxsendmsg"], MANY, HEARS, |stage: &mut Stage| {
        let text = SendText::new(stage.room(), "look").mention([stage.chat(OTHER), stage.stranger()]);
        submit(stage, text, Lent::Nothing)
    };
    send_image: ["webwxuploadmedia", "webwxsendmsgimg"], MANY, HEARS, |stage: &mut Stage| {
        let image = SendImage::new(stage.friend(), Attachment::bytes("a.jpg", picture()));
        submit(stage, image, Lent::Nothing)
    };
    send_emoticon: ["webwxuploadmedia", "webwxsendemoticon"], MANY, HEARS, |stage: &mut Stage| {
        let sticker = SendEmoticon::new(stage.friend(), Attachment::bytes("a.gif", gif()));
        submit(stage, sticker, Lent::Nothing)
    };
    send_known_emoticon: ["webwxsendemoticon"], MANY, HEARS, |stage: &mut Stage| {
        let sticker = stage.message(|body| matches!(body, Body::Emoticon(_)));
        let Body::Emoticon(known) = &sticker.body else { panic!() };
        let sticker = SendEmoticon::known(stage.friend(), known.md5.clone().unwrap());
        submit(stage, sticker, Lent::Nothing)
    };
    send_video: ["webwxuploadmedia", "webwxsendvideomsg"], MANY, HEARS, |stage: &mut Stage| {
        let video = SendVideo::new(stage.friend(), Attachment::bytes("a.mp4", three_pieces()));
        submit(stage, video, Lent::Nothing)
    };
    send_file: ["webwxuploadmedia", "webwxsendappmsg"], MANY, HEARS, |stage: &mut Stage| {
        let file = three_pieces();
        let what = Attachment::source("报告 & <1>.pdf", file.len() as u64);
        submit(stage, SendFile::new(stage.room(), what), Lent::Source(file))
    };
    // Nothing of it is uploaded, because the service has it.
    send_large_file: ["webwxcheckupload", "webwxsendappmsg"], MANY, HEARS, |stage: &mut Stage| {
        let large: Bytes = vec![7; 26 << 20].into();
        let piece = Piece::File { name: "large.bin".to_owned(), data: Blob::Given(large.clone()) };
        stage.hear(piece);
        let file = SendFile::new(stage.friend(), Attachment::bytes("large.bin", large));
        submit(stage, file, Lent::Nothing)
    };
    upload: ["webwxuploadmedia"], MANY, HEARS, |stage: &mut Stage| {
        let file = three_pieces();
        let upload = Upload::source(MediaKind::File, "a.bin", file.len() as u64);
        submit(stage, upload, Lent::Source(file))
    };
    forward_text: ["webwxsendmsg"], MANY, HEARS, |stage: &mut Stage| {
        let text = stage.message(|body| matches!(body, Body::Text(_))).clone();
        submit(stage, Forward::new(stage.room(), &text), Lent::Nothing)
    };
    forward_image: ["webwxsendmsgimg"], MANY, HEARS, |stage: &mut Stage| {
        let image = stage.message(|body| matches!(body, Body::Image(_))).clone();
        submit(stage, Forward::new(stage.room(), &image), Lent::Nothing)
    };
    forward_file: ["webwxsendappmsg"], MANY, HEARS, |stage: &mut Stage| {
        let file = stage.message(|body| matches!(body, Body::File(_))).clone();
        submit(stage, Forward::new(stage.room(), &file), Lent::Nothing)
    };
    recall: ["webwxrevokemsg"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, Recall::of(&stage.receipt), Lent::Nothing)
    };
    mark_read: ["webwxstatusnotify"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, MarkRead::new(stage.friend()), Lent::Nothing)
    };
    fetch_image: ["webwxgetmsgimg"], MANY, HEARS, |stage: &mut Stage| {
        let image = stage.message(|body| matches!(body, Body::Image(_))).clone();
        submit(stage, FetchImage::of(&image), Lent::Sink)
    };
    fetch_thumbnail: ["webwxgetmsgimg"], MANY, HEARS, |stage: &mut Stage| {
        let video = stage.message(|body| matches!(body, Body::Video(_))).clone();
        submit(stage, FetchImage::thumbnail(&video), Lent::Sink)
    };
    fetch_sticker: ["webwxgetmsgimg"], MANY, HEARS, |stage: &mut Stage| {
        let sticker = stage.message(|body| matches!(body, Body::Emoticon(_))).clone();
        submit(stage, FetchSticker::of(&sticker), Lent::Sink)
    };
    fetch_voice: ["webwxgetvoice"], MANY, HEARS, |stage: &mut Stage| {
        let voice = stage.message(|body| matches!(body, Body::Voice(_))).clone();
        submit(stage, FetchVoice::of(&voice), Lent::Sink)
    };
    fetch_video: ["webwxgetvideo"], MANY, HEARS, |stage: &mut Stage| {
        let video = stage.message(|body| matches!(body, Body::Video(_))).clone();
        submit(stage, FetchVideo::of(&video), Lent::Sink)
    };
    fetch_file: ["webwxgetmedia"], MANY, HEARS, |stage: &mut Stage| {
        let file = stage.message(|body| matches!(body, Body::File(_))).clone();
        submit(stage, FetchFile::of(&file), Lent::Sink)
    };
    fetch_map: ["webwxgetpubliclinkimg"], MANY, HEARS, |stage: &mut Stage| {
        let place = stage.message(|body| matches!(body, Body::Location(_))).clone();
        submit(stage, FetchMap::of(&place), Lent::Sink)
    };
    fetch_avatar: ["webwxgeticon"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, FetchAvatar::of(stage.friend()), Lent::Sink)
    };
    fetch_avatar_of_room: ["webwxgetheadimg"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, FetchAvatar::of(stage.room()), Lent::Sink)
    };
    fetch_avatar_of_member: ["webwxgeticon"], MANY, HEARS, |stage: &mut Stage| {
        let avatar = FetchAvatar::member(stage.room(), stage.stranger());
        submit(stage, avatar, Lent::Sink)
    };
    fetch_contacts: ["webwxbatchgetcontact"], MANY, HEARS, |stage: &mut Stage| {
        let who = [stage.friend(), stage.room()];
        submit(stage, FetchContacts::new(who), Lent::Nothing)
    };
    fetch_members: ["webwxbatchgetcontact"], MANY, HEARS, |stage: &mut Stage| {
        let who = [stage.stranger()];
        submit(stage, FetchContacts::members(stage.room(), who), Lent::Nothing)
    };
    set_remark: ["webwxoplog"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, SetRemark::new(stage.friend(), "the <other> 安娜"), Lent::Nothing)
    };
    pin: ["webwxoplog"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, Pin::new(stage.friend()), Lent::Nothing)
    };
    unpin: ["webwxoplog"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, Unpin::new(stage.friend()), Lent::Nothing)
    };
    accept_friend: ["webwxverifyuser"], ONCE, HEARS, |stage: &mut Stage| {
        let request = stage.request.clone().unwrap();
        submit(stage, AcceptFriend::new(&request), Lent::Nothing)
    };
    add_friend: ["webwxverifyuser"], ONCE, HEARS, |stage: &mut Stage| {
        submit(stage, AddFriend::new(stage.stranger(), "hello"), Lent::Nothing)
    };
    search_contact: ["webwxsearchcontact"], MANY, HEARS, |stage: &mut Stage| {
        submit(stage, SearchContact::new("Anna"), Lent::Nothing)
    };
    create_room: ["webwxcreatechatroom"], ONCE, HEARS, |stage: &mut Stage| {
        let members = [stage.friend(), stage.chat(OTHER)];
        submit(stage, CreateRoom::new(members), Lent::Nothing)
    };
    add_members: ["webwxupdatechatroom"], ONCE, HEARS, |stage: &mut Stage| {
        let add = AddMembers::new(stage.room(), [stage.chat("wxid_chen5h3m8q")]);
        submit(stage, add, Lent::Nothing)
    };
    invite_members: ["webwxupdatechatroom"], ONCE, HEARS, |stage: &mut Stage| {
        let invite = InviteMembers::new(stage.room(), [stage.chat("wxid_chen5h3m8q")]);
        submit(stage, invite, Lent::Nothing)
    };
    remove_member: ["webwxupdatechatroom"], ONCE, HEARS, |stage: &mut Stage| {
        let room = stage.own_room();
        let own = stage.world.client(stage.bot).me().unwrap().id.clone();
        let others = stage.contact(&room);
        let others: Vec<_> = others.members().map(|it| it.user_name().to_owned()).collect();
        let member = others.iter().find(|name| *name != own.user_name()).unwrap();
        let member = stage.world.client(stage.bot).chat(member).unwrap();
        submit(stage, RemoveMember::new(room, member), Lent::Nothing)
    };
    rename_room: ["webwxupdatechatroom"], ONCE, HEARS, |stage: &mut Stage| {
        submit(stage, RenameRoom::new(stage.own_room(), "周日徒步"), Lent::Nothing)
    };
    leave_room: ["webwxupdatechatroom"], ONCE, HEARS, |stage: &mut Stage| {
        submit(stage, LeaveRoom::new(stage.room()), Lent::Nothing)
    };
    stat_report: ["webwxstatreport"], ONCE, DEAF, |stage: &mut Stage| {
        let report = StatReport::new().add(1, r#"{"type":"[action-record]","data":{}}"#);
        submit(stage, report, Lent::Nothing)
    };
}

/// Two that are like no other: one is for people who want to know, one for whatever has no name.
mod check_login {
    use super::*;

    #[test]
    fn succeeds() {
        let mut stage = Stage::new();
        assert!(stage.call(CheckLogin).unwrap());
        crate::common::assert_clean(&stage.world);
    }
}

mod raw {
    use super::*;

    #[test]
    fn is_asked_once_whatever_comes_of_it() {
        use wx_proto::{CommandError, TransportErrorKind};
        use wx_sim::net::Fate;

        let raw = || Raw::post("webwxsearchcontact", r#"{"KeyWord":"Anna"}"#);
        let mut stage = Stage::new();
        let reply = stage.call(raw()).unwrap();
        assert_eq!(reply.status, 200);
        assert!(reply.body.starts_with(b"{"), "{:?}", reply.body);
        crate::common::assert_clean(&stage.world);

        for kind in [TransportErrorKind::Connect, TransportErrorKind::Reset] {
            stage.world.doom("webwxsearchcontact", 1, Fate::Fails(kind));
            let before = stage.asked("webwxsearchcontact");
            let error = stage.call(raw()).unwrap_err();
            assert!(matches!(error, CommandError::Transport { attempts: 1, .. }));
            assert_eq!(stage.asked("webwxsearchcontact"), before + 1);
        }
    }

    #[test]
    fn leads_nowhere_but_to_the_own_hosts() {
        use wx_proto::{CommandError, Misuse};

        let mut stage = Stage::new();
        let before = stage.world.sent(stage.bot).len();
        for path in [
            "//evil.example/",
            "../../x",
            "a b",
            "a?b=c",
            "a#b",
            "https://evil.example/",
            "",
        ] {
            let error = stage.call(Raw::get(path)).unwrap_err();
            let is_it = matches!(error, CommandError::Misuse(Misuse::UnsafeRequest));
            assert!(is_it, "{path}: {error:?}");
        }
        for json in ["", "[]", "1", "{", r#"{"a":1}{"#] {
            let error = stage.call(Raw::post("webwxoplog", json)).unwrap_err();
            let is_it = matches!(error, CommandError::Misuse(Misuse::UnsafeRequest));
            assert!(is_it, "{json}: {error:?}");
        }
        let sent = stage.world.sent(stage.bot);
        let mine = sent[before..]
            .iter()
            .filter(|sent| !sent.path.ends_with("synccheck"));
        assert_eq!(mine.count(), 0);
    }
}
