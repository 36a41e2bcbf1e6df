//! Media on their way out.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use wx_sim::server::{Act, Blob, Deed, Piece, Refusal, Remark, Whose};

use crate::client::{Client, json};
use crate::media::{bytes, given};
use crate::requests::quote;
use crate::walk::{assert_faultless, online};

const ANNA: &str = "wxid_anna7c20x1";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a picture";
const GIF: &[u8] = b"GIF89a a sticker;";

fn kind(reply: &Response<Bytes>) -> &str {
    reply.headers()[header::CONTENT_TYPE].to_str().unwrap()
}

/// A friend sends something; the id of the message.
fn message_with(client: &mut Client, piece: Piece) -> String {
    let message = client.receive(ANNA, None, piece);
    message["MsgId"].as_str().unwrap().to_owned()
}

fn is_nothing(reply: &Response<Bytes>) -> bool {
    reply.status() == StatusCode::OK && reply.body().is_empty()
}

#[test]
fn pictures_come_in_two_sizes() {
    let mut client = online();
    let id = message_with(&mut client, Piece::Image { data: given(JPEG) });
    let full = client.picture(&id, "");
    assert_eq!((full.body().as_ref(), kind(&full)), (JPEG, "image/jpeg"));
    assert_eq!(client.picture(&id, "&type=big").body(), full.body());
    let small = client.picture(&id, "&type=slave");
    assert!(small.body().starts_with(b"\xff\xd8\xff") && small.body() != full.body());
    assert_faultless(&client);
}

#[test]
fn a_sticker_is_there_in_its_large_size_only() {
    let mut client = online();
    let id = message_with(&mut client, Piece::Gif { data: given(GIF) });
    let reply = client.picture(&id, "&type=big");
    assert_eq!((reply.body().as_ref(), kind(&reply)), (GIF, "image/gif"));
    assert_faultless(&client);
    assert!(is_nothing(&client.picture(&id, "")));
    assert_eq!(client.last().remarks, [Remark::ParamForm("type")]);
}

#[test]
fn a_veiled_picture_is_found_by_its_message() {
    let mut client = online();
    let piece = Piece::Image { data: given(JPEG) };
    let message = client.receive_as(ANNA, None, piece, true);
    let id = message["MsgId"].as_str().unwrap().to_owned();
    assert_eq!(client.picture(&id, "").body().as_ref(), JPEG);
    assert_faultless(&client);
}

#[test]
fn a_voice_is_an_mp3() {
    let mut client = online();
    let piece = Piece::Voice {
        data: Blob::Made(500),
        length: std::time::Duration::from_millis(2340),
    };
    let id = message_with(&mut client, piece);
    let raw = client.message_media("webwxgetvoice", "msgid", &id, "");
    let reply = client.ask(raw.clone());
    assert_eq!((reply.body().len(), kind(&reply)), (500, "audio/mp3"));
    assert!(reply.body().starts_with(b"ID3"));
    let part = client.ask(raw.header("Range", Some("bytes=0-")));
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.body(), reply.body());
    assert_faultless(&client);

    // Another spelling of the same.
    let raw = client.message_media("webwxgetvoice", "MsgID", &id, "");
    assert_eq!(client.ask(raw).body(), reply.body());
    assert_eq!(client.last().remarks.len(), 2);
}

#[test]
fn a_video_needs_a_range() {
    let mut client = online();
    let data = bytes(10_000);
    let piece = Piece::Video {
        data: Blob::Given(data.clone().into()),
        length: std::time::Duration::from_secs(9),
        micro: true,
    };
    let id = message_with(&mut client, piece);
    let raw = client.message_media("webwxgetvideo", "msgid", &id, "");
    for (range, start, end) in [
        ("bytes=0-", 0, 9_999),
        ("bytes=9999-", 9_999, 9_999),
        ("bytes=100-199", 100, 199),
        ("bytes=100-99999", 100, 9_999),
    ] {
        let reply = client.ask(raw.clone().header("Range", Some(range)));
        assert_eq!(reply.status(), StatusCode::PARTIAL_CONTENT);
        let place = reply.headers()[header::CONTENT_RANGE].to_str().unwrap();
        assert_eq!(place, format!("bytes {start}-{end}/10000"));
        assert_eq!(reply.body().as_ref(), &data[start..=end]);
        assert_eq!(kind(&reply), "video/mp4");
    }
    let poster = client.picture(&id, "&type=slave");
    assert_eq!(kind(&poster), "image/jpeg");
    assert_faultless(&client);

    assert!(is_nothing(&client.ask(raw.clone())), "without a range");
    assert_eq!(client.last().remarks, [Remark::MissingHeader("Range")]);
    let beyond = client.ask(raw.header("Range", Some("bytes=10000-")));
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(client.last().refusal, Some(Refusal::Range));
}

#[test]
fn a_file_comes_from_the_file_host() {
    let mut client = online();
    let data = bytes(3_000_000);
    let piece = Piece::File {
        name: "报告_1.pdf".to_owned(),
        data: Blob::Given(data.clone().into()),
    };
    let message = client.receive("10241024@chatroom", Some("Boris"), piece);
    let raw = client.attachment_request(&message);
    let reply = client.ask(raw.clone());
    assert_eq!(reply.body().as_ref(), data);
    assert_eq!(kind(&reply), "application/octet-stream");
    assert_faultless(&client);

    // Older clients send the name as it is.
    let old = raw.clone().without("encryfilename");
    let name = "%E6%8A%A5%E5%91%8A_1.pdf";
    let old = old.with("&fromuser=", &format!("&filename={name}&fromuser="));
    assert_eq!(client.ask(old).body().as_ref(), data);
    assert!(client.last().is_accepted());

    for (raw, remark) in [
        (
            raw.clone().without("encryfilename"),
            Remark::ParamForm("encryfilename"),
        ),
        (
            raw.clone().param("sender", "x"),
            Remark::ParamForm("sender"),
        ),
        (
            raw.clone().param("fromuser", "1"),
            Remark::ParamForm("fromuser"),
        ),
    ] {
        assert_eq!(client.ask(raw).body().as_ref(), data, "{remark}");
        assert_eq!(client.last().remarks, [remark]);
    }
    for (raw, refusal) in [
        (
            raw.clone().param("mediaid", "%40crypt_1_2"),
            Refusal::MediaId,
        ),
        (
            raw.clone().param("webwx_data_ticket", "x"),
            Refusal::Identity("webwx_data_ticket"),
        ),
        (
            raw.clone().without("webwx_data_ticket"),
            Refusal::Param("webwx_data_ticket"),
        ),
        (raw.with("file.wx2.qq.com", "wx2.qq.com"), Refusal::Host),
    ] {
        assert!(is_nothing(&client.ask(raw)), "{refusal}");
        assert_eq!(client.last().refusal, Some(refusal));
    }
}

#[test]
fn what_is_wrong_or_gone_is_an_empty_body() {
    let mut client = online();
    let text = client.receive(
        ANNA,
        None,
        Piece::Quote {
            quoted: "a".to_owned(),
            name: "b".to_owned(),
            text: "c".to_owned(),
        },
    );
    let id = message_with(&mut client, Piece::Image { data: given(JPEG) });
    let no_picture = text["MsgId"].as_str().unwrap().to_owned();
    for id in ["1", "x", no_picture.as_str()] {
        assert!(is_nothing(&client.picture(id, "")), "{id}");
        assert_eq!(client.last().refusal, Some(Refusal::UnknownMessage));
    }
    let raw = client.message_media("webwxgetvoice", "msgid", &id, "");
    assert!(is_nothing(&client.ask(raw)), "a picture is no voice");
    let raw = client.message_media("webwxgetmsgimg", "id", &id, "");
    assert!(is_nothing(&client.ask(raw)));
    assert_eq!(client.last().refusal, Some(Refusal::Param("MsgID")));
    let raw = client.message_media("webwxgetmsgimg", "MsgID", &id, "");
    assert!(is_nothing(&client.ask(raw.header("Cookie", None))));

    let faults = client.server.faults().count();
    let msg_id = id.parse().unwrap();
    let recall = Deed::In(Whose::Latest, Act::Recall { msg_id });
    client.server.act(client.now, recall).unwrap();
    client.drain();
    assert!(is_nothing(&client.picture(&id, "")), "it was taken back");
    assert_eq!(client.server.faults().count(), faults, "by nobody's fault");
}

#[test]
fn own_pictures_can_be_looked_at() {
    let mut client = online();
    let file = client.file("a.jpg", "image/jpeg", JPEG.to_vec());
    let media_id = client.upload(&file);
    let path = format!(
        "/cgi-bin/mmwebwx-bin/webwxpreview?fun=preview&mediaid={}",
        quote(&media_id)
    );
    let raw = client.get("wx2.qq.com", &path);
    assert_eq!(client.ask(raw.clone()).body().as_ref(), JPEG);
    let raw = raw.param("mediaid", "x");
    assert!(is_nothing(&client.ask(raw)));
    assert_eq!(client.last().refusal, Some(Refusal::MediaId));

    let raw = client.image_request("filehelper", &media_id);
    let reply = json(&client.ask(raw));
    let id = reply["MsgID"].as_str().unwrap().to_owned();
    assert_eq!(client.picture(&id, "").body().as_ref(), JPEG);
}

#[test]
fn people_and_rooms_have_pictures_that_stay() {
    let mut client = online();
    let contacts = client.contacts_request(0);
    let page = json(&client.ask(contacts));
    let path = page["MemberList"][5]["HeadImgUrl"].as_str().unwrap();
    let url = path.replace('@', "%40");
    let raw = client.get("wx2.qq.com", &url);
    let first = client.ask(raw);
    assert_eq!(kind(&first), "image/jpeg");
    assert!(first.body().starts_with(b"\xff\xd8\xff") && first.body().ends_with(b"\xff\xd9"));

    let head = |client: &mut Client, path: &str, name: &str, end: &str| {
        let name = quote(name);
        let url = format!("/cgi-bin/mmwebwx-bin/{path}?seq=0&username={name}&skey={end}");
        let raw = client.get("wx2.qq.com", &url);
        client.ask(raw)
    };
    let anna = client.name(ANNA);
    let room = client.name("10241024@chatroom");
    let stranger = client.name("wxid_stra1c4v5b");
    let of_anna = head(&mut client, "webwxgeticon", &anna, "");
    let of_room = head(&mut client, "webwxgetheadimg", &room, "");
    let raw = client.batch_request(&[&room]);
    let batch = json(&client.ask(raw));
    let encry = batch["ContactList"][0]["EncryChatRoomId"].as_str().unwrap();
    let member = format!("&chatroomid={}", quote(encry));
    let of_stranger = head(&mut client, "webwxgeticon", &stranger, &member);
    assert!(of_anna.body() != of_room.body());
    assert!(of_anna.body() != of_stranger.body());
    let large = head(&mut client, "webwxgeticon", &anna, "&type=big");
    assert!(large.body().len() > of_anna.body().len());
    assert_faultless(&client);
    let path = format!(
        "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=0&userName={}&skey=",
        quote(&anna)
    );
    let raw = client.get("wx2.qq.com", &path);
    assert!(client.ask(raw).body() == of_anna.body());
    let unlike = [
        Remark::UnknownParam("userName".to_owned()),
        Remark::MissingParam("username"),
    ];
    assert_eq!(client.last().remarks, unlike);

    assert!(is_nothing(&head(&mut client, "webwxgeticon", "@x", "")));
    assert_eq!(client.last().refusal, Some(Refusal::UnknownUser));
    // Another name in the next session, the same face.
    let raw = client.push_request();
    let reply = json(&client.ask(raw));
    reply["uuid"].as_str().unwrap().clone_into(&mut client.uuid);
    client.follow_code();
    client.init();
    let again = client.name(ANNA);
    assert_ne!(again, anna);
    assert!(head(&mut client, "webwxgeticon", &again, "").body() == of_anna.body());
    // Sometimes nothing comes, and the client has to ask again.
    client.server.plant("webwxgeticon", 1, Response::default());
    assert!(is_nothing(&head(&mut client, "webwxgeticon", &again, "")));
}

#[test]
fn a_place_has_a_map() {
    let mut client = online();
    let place = Piece::Location {
        label: "Lake".to_owned(),
        x: "30.25".to_owned(),
        y: "120.16".to_owned(),
    };
    let message = client.receive(ANNA, None, place);
    let content = message["Content"].as_str().unwrap();
    let path = content.strip_prefix("Lake:<br/>").unwrap().to_owned();
    let raw = client.get("wx2.qq.com", &path);
    let map = client.ask(raw.clone());
    assert_eq!((kind(&map), map.body().len()), ("image/jpeg", 24_000));
    assert_faultless(&client);
    let raw = raw.param("msgid", "1");
    assert!(is_nothing(&client.ask(raw)));
    assert_eq!(client.last().refusal, Some(Refusal::UnknownMessage));
}
