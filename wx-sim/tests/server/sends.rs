//! Messages with media, and those that are no plain texts.

use std::time::Duration;

use wx_sim::server::{Class, Deed, Piece, Rate, Refusal, Remark, Said, Setup};

use crate::client::{Client, json, ret};
use crate::media::{app_file, bytes, given, md5};
use crate::requests::Raw;
use crate::walk::{assert_faultless, online, setup};

const ANNA: &str = "wxid_anna7c20x1";
const ROOM: &str = "10241024@chatroom";
const GIF: &[u8] = b"GIF89a a sticker;";

/// The `Ret` of a send.
fn sent(client: &mut Client, raw: Raw) -> i64 {
    let reply = json(&client.ask(raw));
    assert_eq!(reply["MsgID"] == "", ret(&reply) != 0);
    ret(&reply)
}

fn uploaded(client: &mut Client, name: &str, bytes: &[u8]) -> String {
    let file = client.file(name, "application/octet-stream", bytes.to_vec());
    client.upload(&file)
}

/// What kind of message came last.
fn last(client: &Client) -> Said {
    client.server.received().last().unwrap().what.clone()
}

#[test]
fn a_picture_arrives() {
    let mut client = online();
    let media_id = uploaded(&mut client, "a.jpg", b"a picture");
    let raw = client.image_request(&client.name(ANNA), &media_id);
    assert_eq!(sent(&mut client, raw), 0);
    let received = client.server.received().last().unwrap();
    assert_eq!((received.chat.as_str(), received.text.as_str()), (ANNA, ""));
    let Said::Image(media) = &received.what else {
        panic!("{received:?}");
    };
    assert_eq!((media.md5.clone(), media.size), (md5(b"a picture"), 9));
    assert_faultless(&client);
}

#[test]
fn a_video_a_sticker_and_a_file_arrive() {
    let mut client = online();
    let video = uploaded(&mut client, "a.mp4", b"a video");
    let raw = client.video_request("filehelper", &video);
    assert_eq!(sent(&mut client, raw), 0);
    assert!(matches!(last(&client), Said::Video { micro: false, .. }));

    let sticker = uploaded(&mut client, "a.gif", GIF);
    let raw = client.sticker_request("filehelper", &format!("\"MediaId\":\"{sticker}\""));
    assert_eq!(sent(&mut client, raw), 0);
    let Said::Sticker(media) = last(&client) else {
        panic!("no sticker");
    };
    // A sticker the account has needs no upload.
    let raw = client.sticker_request("weixin", &format!("\"EMoticonMd5\":\"{}\"", media.md5));
    assert_eq!(sent(&mut client, raw), 0);
    assert_eq!(last(&client), Said::Sticker(media));

    let file = client.file(" report & co.pdf", "application/pdf", bytes(700_000));
    let media_id = client.upload(&file);
    let content = app_file(" report &amp; co.pdf", 700_000, &media_id, "pdf");
    let raw = client.app_request("filehelper", 6, &content);
    assert_eq!(sent(&mut client, raw), 0);
    let Said::File { media, name } = last(&client) else {
        panic!("no file");
    };
    assert_eq!((name.as_str(), media.size), (" report & co.pdf", 700_000));
    assert_eq!(media.md5, file.md5());
    assert_faultless(&client);
}

#[test]
fn all_sends_know_a_repeated_message() {
    let mut client = online();
    let image = uploaded(&mut client, "a.jpg", b"a picture");
    let raw = client.image_request("filehelper", &image);
    let first = json(&client.ask(raw.clone()));
    assert_eq!(json(&client.ask(raw)), first);
    assert_eq!(client.server.received().len(), 1);
    assert_eq!(client.server.received().next().unwrap().repeats, 1);
    // One upload serves several messages.
    let raw = client.image_request("weixin", &image);
    assert_eq!(sent(&mut client, raw), 0);
    assert_faultless(&client);
}

#[test]
fn each_fault_is_refused_for_its_reason() {
    type Case = (&'static str, fn(&mut Client, &str) -> Raw, Refusal, i64);
    let cases: &[Case] = &[
        (
            "picture of another type",
            |c, id| {
                c.image_request("filehelper", id)
                    .with("\"Type\":3", "\"Type\":1")
            },
            Refusal::MessageType,
            1,
        ),
        (
            "no media id",
            |c, id| c.image_request("filehelper", id).with(id, ""),
            Refusal::Member("MediaId"),
            1200,
        ),
        (
            "media id of nothing",
            |c, id| c.image_request("filehelper", id).with(id, "@crypt_1_2"),
            Refusal::MediaId,
            -1,
        ),
        (
            "to oneself",
            |c, id| {
                let me = c.me.clone();
                c.video_request(&me, id)
            },
            Refusal::ForbiddenRecipient,
            1204,
        ),
        (
            "to a stranger",
            |c, id| {
                let stranger = c.name("wxid_stra1c4v5b");
                c.image_request(&stranger, id)
            },
            Refusal::ForbiddenRecipient,
            1204,
        ),
        (
            "two ids",
            |c, id| {
                c.image_request("filehelper", id)
                    .with("\"LocalID\":\"1", "\"LocalID\":\"2")
            },
            Refusal::LocalId,
            1,
        ),
        (
            "as somebody else",
            |c, id| {
                let me = c.me.clone();
                c.image_request("filehelper", id).with(&me, "weixin")
            },
            Refusal::Sender,
            1,
        ),
        (
            "a sticker nobody knows",
            |c, _| {
                let what = format!("\"EMoticonMd5\":\"{}\"", md5(b"unknown"));
                c.sticker_request("filehelper", &what)
            },
            Refusal::UnknownSticker,
            -1,
        ),
        (
            "a name that was not escaped",
            |c, id| c.app_request("filehelper", 6, &app_file("a & b.pdf", 9, id, "pdf")),
            Refusal::Content,
            1,
        ),
        (
            "a file of another type",
            |c, id| c.app_request("filehelper", 5, &app_file("b.pdf", 9, id, "pdf")),
            Refusal::MessageType,
            1,
        ),
        (
            "a card of nobody",
            |c, _| {
                c.send_request("filehelper", "<msg username='@x' nickname='x'/>")
                    .with("\"Type\":1", "\"Type\":42")
            },
            Refusal::Content,
            1,
        ),
        (
            "a place that is none",
            |c, _| {
                c.send_request("filehelper", "here")
                    .with("\"Type\":1", "\"Type\":48")
            },
            Refusal::Content,
            1,
        ),
    ];
    for (name, make, refusal, code) in cases {
        let mut client = online();
        let media_id = uploaded(&mut client, "a.jpg", b"a picture");
        let raw = make(&mut client, &media_id);
        assert_eq!(sent(&mut client, raw), *code, "{name}");
        assert_eq!(client.last().refusal.as_ref(), Some(refusal), "{name}");
        assert_eq!(client.server.received().len(), 0, "{name}");
    }
}

#[test]
fn a_media_id_is_good_in_its_session_only() {
    let mut client = online();
    let media_id = uploaded(&mut client, "a.jpg", b"a picture");
    client.log_in();
    client.init();
    let raw = client.image_request("filehelper", &media_id);
    assert_eq!(sent(&mut client, raw), -1);
    assert_eq!(client.last().refusal, Some(Refusal::MediaId));
}

#[test]
fn what_is_unlike_the_page_works_and_is_remarked() {
    let mut client = online();
    let media_id = uploaded(&mut client, "a.gif", GIF);
    let sticker = format!("\"MediaId\":\"{media_id}\"");
    let image = client.image_request("filehelper", &media_id);
    let sticker = client.sticker_request("filehelper", &sticker);
    let content = app_file("a.gif", 1, &media_id, "gif");
    let wrong_size = client.app_request("filehelper", 6, &content);
    let content = app_file("a.gif", GIF.len(), &media_id, "png");
    let wrong_ending = client.app_request("filehelper", 6, &content);
    for (raw, remark) in [
        (image.clone().without("fun"), Remark::MissingParam("fun")),
        (image.clone().param("f", "xml"), Remark::ParamForm("f")),
        (
            image.with(",\"Scene\":0", ""),
            Remark::MissingMember("Scene"),
        ),
        (
            sticker.clone().with("\"EmojiFlag\":2,", ""),
            Remark::MissingMember("EmojiFlag"),
        ),
        (
            sticker.with("\"EmojiFlag\":2", "\"EmojiFlag\":1"),
            Remark::MemberForm("EmojiFlag"),
        ),
        (wrong_size, Remark::MemberForm("Content")),
        (wrong_ending, Remark::MemberForm("Content")),
    ] {
        client.sends += 1;
        let id = format!("16725312{:09}", client.sends);
        // Each is a message of its own.
        let before = raw.body.split("\"LocalID\":\"").nth(1).unwrap();
        let before = before.split('"').next().unwrap().to_owned();
        let raw = raw.with(&before, &id);
        assert_eq!(sent(&mut client, raw), 0, "{remark}");
        assert_eq!(client.last().refusal, None, "{remark}");
        assert!(client.last().remarks.contains(&remark), "{remark}");
    }
}

#[test]
fn a_mention_tells_the_phones_of_those_it_names() {
    let mut client = online();
    let (room, anna, boris) = (
        client.name(ROOM),
        client.name(ANNA),
        client.name("wxid_boris9d4k2"),
    );
    let mention = |names: &str, room: &str| {
        format!(
            "\"MsgSource\":\"<msgsource><atusername>{names}</atusername>\
             <atchatroomname>{room}</atchatroomname></msgsource>\",\"LocalID\""
        )
    };
    let source = mention(&format!("{anna},{boris}"), &room);
    let raw = client.send_request(&room, "@Anna\u{2005}@领队\u{2005}几点?");
    let raw = raw.with("\"LocalID\"", &source);
    assert_eq!(sent(&mut client, raw), 0);
    let received = client.server.received().last().unwrap();
    assert_eq!(received.mentions, [ANNA, "wxid_boris9d4k2"]);
    assert_faultless(&client);

    let other = client.name("20482048@chatroom");
    let stranger = client.name("wxid_zoe7h6j5k4");
    for source in [
        mention(&anna, &other),
        mention(&stranger, &room),
        mention("", &room),
        "\"MsgSource\":\"anna\",\"LocalID\"".to_owned(),
    ] {
        let raw = client.send_request(&room, "@Anna\u{2005}?");
        let raw = raw.with("\"LocalID\"", &source);
        assert_eq!(sent(&mut client, raw), 0);
        assert_eq!(client.last().remarks, [Remark::MemberForm("MsgSource")]);
        assert!(client.server.received().last().unwrap().mentions.is_empty());
    }
}

#[test]
fn cards_and_places_are_sent_like_texts() {
    let mut client = online();
    let anna = client.name(ANNA);
    let card = format!("<msg username='{anna}' nickname='Anna'/>");
    let raw = client.send_request("filehelper", &card);
    let raw = raw.with("\"Type\":1", "\"Type\":42");
    assert_eq!(sent(&mut client, raw), 0);
    let who = ANNA.to_owned();
    assert_eq!(last(&client), Said::Card { who });
    let place = "<msg><location x='30.1' y='120.2' label='Lake'/></msg>";
    let raw = client.send_request("filehelper", place);
    let raw = raw.with("\"Type\":1", "\"Type\":48");
    assert_eq!(sent(&mut client, raw), 0);
    assert_eq!(last(&client), Said::Location);
    assert_faultless(&client);
}

#[test]
fn what_friends_sent_can_be_forwarded() {
    let mut client = online();
    let data = given(b"\xff\xd8\xff\xe0 a picture");
    let message = client.receive(ANNA, None, Piece::Image { data: data.clone() });
    let content = unescape(message["Content"].as_str().unwrap());
    let content = content.replace('"', "\\\"").replace(['\n', '\t'], "");
    let members = format!("\"MediaId\":\"\",\"Content\":\"{content}\"");
    let path = "webwxsendmsgimg?fun=async&f=json";
    let raw = client.send_media(path, "filehelper", 3, &members);
    assert_eq!(sent(&mut client, raw), 0);
    let picture = last(&client);
    assert_eq!(
        picture.media().unwrap().md5,
        md5(b"\xff\xd8\xff\xe0 a picture")
    );

    // Also without its description.
    let message = client.receive_as(ANNA, None, Piece::Image { data }, true);
    let content = message["Content"].as_str().unwrap();
    let members = format!("\"MediaId\":\"\",\"Content\":\"{content}\"");
    let raw = client.send_media(path, "filehelper", 3, &members);
    assert_eq!(sent(&mut client, raw), 0);
    assert_eq!(last(&client), picture);

    let file = Piece::File {
        name: "a.txt".to_owned(),
        data: given(b"text"),
    };
    let message = client.receive(ANNA, None, file);
    let media_id = message["MediaId"].as_str().unwrap();
    let raw = client.app_request("filehelper", 6, &app_file("a.txt", 4, media_id, "txt"));
    assert_eq!(sent(&mut client, raw), 0);

    let link = "<appmsg appid='' sdkver='0'><title>t</title><type>5</type></appmsg>";
    let raw = client.app_request("filehelper", 5, link);
    let raw = raw.with("\"Scene\":0", "\"Scene\":2");
    assert_eq!(sent(&mut client, raw), 0);
    let title = "t".to_owned();
    assert_eq!(last(&client), Said::App { kind: 5, title });
    assert_faultless(&client);
}

#[test]
fn media_are_stopped_sooner_than_texts() {
    let rate = |texts| Rate {
        texts,
        window: Duration::from_secs(60),
    };
    let mut client = Client::online(Setup {
        rate: Some(rate(4)),
        ..setup()
    });
    let media_id = uploaded(&mut client, "a.jpg", b"a picture");
    let mut rets = Vec::new();
    for _ in 0..3 {
        let raw = client.image_request("filehelper", &media_id);
        rets.push(sent(&mut client, raw));
        let raw = client.send_request("filehelper", "x");
        rets.push(sent(&mut client, raw));
    }
    assert_eq!(rets, [0, 0, 0, 0, 1205, 0]);

    let deed = |class, rate| Deed::RateOf(class, rate);
    client
        .server
        .act(client.now, deed(Class::Media, Some(rate(9))))
        .unwrap();
    let raw = client.image_request("filehelper", &media_id);
    assert_eq!(sent(&mut client, raw), 0);
    client
        .server
        .act(client.now, deed(Class::Media, None))
        .unwrap();
    let raw = client.image_request("filehelper", &media_id);
    assert_eq!(sent(&mut client, raw), 1205);
    assert_faultless(&client);
}

fn unescape(text: &str) -> String {
    text.replace("<br/>", "\n")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
