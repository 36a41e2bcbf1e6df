use super::*;
use crate::{
    endpoint::{
        index, webwxgetheadimg, webwxgeticon,
        webwxgetmedia::{self, Attachment},
        webwxgetmsgimg::{self, ImageSize},
        webwxgetpubliclinkimg, webwxgetvideo, webwxgetvoice,
    },
    id::MsgId,
    secret::Secret,
};

const ID: &str = "6812034415098763345";

#[track_caller]
fn is_media(draft: &Draft, endpoint: Endpoint, target: &str) {
    assert_eq!((draft.endpoint, &draft.method), (endpoint, &Method::GET));
    assert_eq!(draft.target, bin(target));
    assert!(draft.body.is_empty());
    // A part of a packed file is worth nothing.
    assert_eq!(header(draft, "accept-encoding"), Some("identity"));
    assert_eq!(header(draft, "accept"), Some("*/*"));
}

#[test]
fn the_media_of_messages() {
    let (cx, credentials, id) = (cx(0, 0), credentials(), MsgId::new(ID).unwrap());
    for (size, rest) in [
        (ImageSize::Thumbnail, "&type=slave"),
        (ImageSize::Full, ""),
        (ImageSize::Big, "&type=big"),
    ] {
        is_media(
            &webwxgetmsgimg::request(&cx, &credentials, &id, size),
            Endpoint::GetMsgImg,
            &format!("webwxgetmsgimg?MsgID={ID}&{SKEY}{rest}"),
        );
    }
    let voice = webwxgetvoice::request(&cx, &credentials, &id);
    is_media(
        &voice,
        Endpoint::GetVoice,
        &format!("webwxgetvoice?msgid={ID}&{SKEY}"),
    );
    assert_eq!(header(&voice, "range"), None);
    for (from, range) in [(0, "bytes=0-"), (u64::MAX, "bytes=18446744073709551615-")] {
        let video = webwxgetvideo::request(&cx, &credentials, &id, from);
        is_media(
            &video,
            Endpoint::GetVideo,
            &format!("webwxgetvideo?msgid={ID}&{SKEY}"),
        );
        assert_eq!(header(&video, "range"), Some(range));
    }
    is_media(
        &webwxgetpubliclinkimg::request(&cx, &credentials, &id),
        Endpoint::GetPublicLinkImg,
        &format!("webwxgetpubliclinkimg?url=xxx&msgid={ID}&pictype=location"),
    );
}

#[test]
fn files() {
    let ticket = Secret::new("gSe/Example+Ticket");
    let get = |cx: &Context<'_>, credentials: &Credentials, encry_file_name: &str| {
        let attachment = Attachment {
            sender: ANNA,
            media_id: "@crypt_77aa_cc03",
            encry_file_name,
            file_name: "报告 1.pdf",
        };
        webwxgetmedia::request(cx, credentials, &attachment, &ticket)
    };
    let start =
        "webwxgetmedia?sender=%40b07d61c2f9a84e35907c1d2e3f4a5b6c&mediaid=%40crypt_77aa_cc03";
    let end = "webwx_data_ticket=gSe%2FExample%2BTicket";
    is_media(
        &get(&cx(0, 0), &credentials(), "report%2Epdf"),
        Endpoint::GetMedia,
        &format!("{start}&encryfilename=report%252Epdf&fromuser=2100045678&{TICKET}&{end}"),
    );
    // Messages of old have but the name.
    is_media(
        &get(&cx(0, 0), &credentials(), ""),
        Endpoint::GetMedia,
        &format!("{start}&filename=%E6%8A%A5%E5%91%8A%201.pdf&fromuser=2100045678&{TICKET}&{end}"),
    );
    is_media(
        &get(&cx(0, 0), &resumed(), "a"),
        Endpoint::GetMedia,
        &format!("{start}&encryfilename=a&fromuser=2100045678&{end}"),
    );
    is_media(
        &get(&on("filehelper.weixin.qq.com"), &credentials(), "a"),
        Endpoint::GetMedia,
        &format!(
            "{start}&encryfilename=a&fromuser=2100045678&{TICKET}&{end}&sid=Zx3KqT8bWnE1Yv0r&mmweb_appid=wx_webfilehelper"
        ),
    );
}

#[test]
fn the_families_of_the_reduced_page_are_known_by_their_hosts() {
    for family in Family::ALL {
        let by_name = family.main.contains("filehelper.");
        assert_eq!(family.is_file_helper(), by_name, "{}", family.main);
    }
}

#[test]
fn head_pictures() {
    let (cx, credentials) = (cx(0, 0), credentials());
    let anna = "username=%40b07d61c2f9a84e35907c1d2e3f4a5b6c";
    for (seq, chat_room_id, big, rest) in [
        (0, "", false, ""),
        (686_458_815, "", true, "&type=big"),
        (0, "@5fd8", false, "&chatroomid=%405fd8"),
        (1, "@5fd8", true, "&chatroomid=%405fd8&type=big"),
    ] {
        is_media(
            &webwxgeticon::request(&cx, &credentials, ANNA, seq, chat_room_id, big),
            Endpoint::GetIcon,
            &format!("webwxgeticon?seq={seq}&{anna}&{SKEY}{rest}"),
        );
    }
    is_media(
        &webwxgeticon::request(&cx, &resumed(), ANNA, 0, "", false),
        Endpoint::GetIcon,
        &format!("webwxgeticon?seq=0&{anna}&skey="),
    );
    is_media(
        &webwxgetheadimg::request(&cx, &credentials, "@@c3d2", 704_138_898),
        Endpoint::GetHeadImg,
        &format!("webwxgetheadimg?seq=704138898&username=%40%40c3d2&{SKEY}"),
    );
}

#[test]
fn the_page_itself() {
    is_get(&index::request(&cx(0, 0)), Endpoint::Index, "/");
}
