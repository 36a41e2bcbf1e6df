//! What friends send that is not a text, as it arrives.

use std::time::Duration;

use serde_json::Value;
use wx_sim::server::{Act, Blob, Deed, DeedError, Language, Piece, Script, Setup, Whose};

use crate::client::Client;
use crate::media::{given, md5};
use crate::walk::{assert_faultless, friend_says, online, setup};

const ANNA: &str = "wxid_anna7c20x1";
const BORIS: &str = "wxid_boris9d4k2";
const ROOM: &str = "10241024@chatroom";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a picture";

fn content(message: &Value) -> &str {
    message["Content"].as_str().unwrap()
}

fn assert_is(message: &Value, members: &[(&str, Value)]) {
    assert_eq!(message.as_object().unwrap().len(), 28);
    for (name, value) in members {
        assert_eq!(&message[name], value, "{name}");
    }
}

fn owned(text: &str) -> String {
    text.to_owned()
}

#[test]
fn a_picture_is_xml_with_breaks_and_a_status_of_its_own() {
    let mut client = online();
    let message = client.receive(ANNA, None, Piece::Image { data: given(JPEG) });
    assert_is(
        &message,
        &[
            ("MsgType", 3.into()),
            ("ImgStatus", 2.into()),
            ("FromUserName", client.name(ANNA).into()),
            ("MediaId", "".into()),
        ],
    );
    let start = "&lt;?xml version=\"1.0\"?&gt;<br/>&lt;msg&gt;<br/>\t&lt;img aeskey=\"";
    assert!(content(&message).starts_with(start));
    assert!(content(&message).ends_with("/&gt;<br/>&lt;/msg&gt;<br/>"));
    let size = format!("length=\"{}\" md5=\"{}\"", JPEG.len(), md5(JPEG));
    assert!(content(&message).contains(&size));
}

#[test]
fn a_member_has_a_prefix_and_the_phone_has_none() {
    let mut client = online();
    let piece = Piece::Image { data: given(JPEG) };
    let message = client.receive(ROOM, Some(BORIS), piece.clone());
    let prefix = format!("{}:<br/>&lt;?xml", client.name(BORIS));
    assert!(content(&message).starts_with(&prefix));
    assert_eq!(message["FromUserName"], client.name(ROOM));
    let message = client.receive(ROOM, Some("me"), piece);
    assert!(content(&message).starts_with("&lt;?xml"));
    assert_eq!(message["FromUserName"], client.me);
    assert_eq!(message["ToUserName"], client.name(ROOM));
}

#[test]
fn newer_phones_hide_what_they_send() {
    let mut client = online();
    let piece = Piece::Image { data: given(JPEG) };
    let message = client.receive_as(ROOM, Some(BORIS), piece, true);
    let prefix = format!("{}:<br/>@", client.name(BORIS));
    let veil = content(&message).strip_prefix(&prefix).unwrap();
    assert!((800..=2000).contains(&veil.len()), "{}", veil.len());
    assert!(veil.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(message["ImgStatus"], 2);
}

#[test]
fn stickers_of_one_s_own_and_of_the_store() {
    let mut client = online();
    let message = client.receive(
        ANNA,
        None,
        Piece::Gif {
            data: Blob::Made(300),
        },
    );
    assert_is(&message, &[("MsgType", 47.into()), ("ImgStatus", 2.into())]);
    // Attributes are spelled in several ways.
    assert!(content(&message).contains("&lt;emoji fromusername = \""));
    assert!(content(&message).contains(" len = \"300\" "));
    let message = client.receive(ANNA, None, Piece::StoreSticker);
    assert_is(
        &message,
        &[
            ("MsgType", 47.into()),
            ("Content", "".into()),
            ("HasProductId", 1.into()),
        ],
    );
}

#[test]
fn voices_and_videos_tell_their_length() {
    let mut client = online();
    let voice = Piece::Voice {
        data: Blob::Made(400),
        length: Duration::from_millis(2340),
    };
    let message = client.receive(ANNA, None, voice);
    assert_is(
        &message,
        &[
            ("MsgType", 34.into()),
            ("VoiceLength", 2340.into()),
            ("ImgStatus", 1.into()),
        ],
    );
    assert!(content(&message).contains("voicelength=\"2340\" length=\"400\""));
    for (micro, msg_type) in [(false, 43), (true, 62)] {
        let video = Piece::Video {
            data: Blob::Made(400),
            length: Duration::from_secs(9),
            micro,
        };
        let message = client.receive(ANNA, None, video);
        assert_is(
            &message,
            &[("MsgType", msg_type.into()), ("PlayLength", 9.into())],
        );
    }
}

#[test]
fn a_file_has_a_media_id_and_a_size_in_digits() {
    let mut client = online();
    let piece = Piece::File {
        name: owned("a & b_1.pdf"),
        data: given(b"text"),
    };
    let message = client.receive(ANNA, None, piece);
    assert_is(
        &message,
        &[
            ("MsgType", 49.into()),
            ("AppMsgType", 6.into()),
            ("FileName", "a &amp; b_1.pdf".into()),
            ("FileSize", "4".into()),
            ("EncryFileName", "a%20%26%20b%5F1%2Epdf".into()),
        ],
    );
    let media_id = message["MediaId"].as_str().unwrap();
    assert!(media_id.starts_with("@crypt_"));
    // Escaped for the XML, and then once more for the wire.
    assert!(content(&message).contains("&lt;title&gt;a &amp;amp; b_1.pdf&lt;/title&gt;"));
    let attached = format!("&lt;attachid&gt;{media_id}&lt;/attachid&gt;");
    assert!(content(&message).contains(&attached));
}

#[test]
fn a_link_stands_in_the_xml_and_beside_it() {
    let mut client = online();
    let piece = Piece::Link {
        title: owned("山路"),
        description: owned("雾"),
        url: owned("https://example.org/?a=1&b=2"),
    };
    let message = client.receive(ANNA, None, piece);
    assert_is(
        &message,
        &[
            ("AppMsgType", 5.into()),
            ("FileName", "山路".into()),
            ("Url", "https://example.org/?a=1&amp;b=2".into()),
            ("MediaId", "".into()),
            ("EncryFileName", "".into()),
        ],
    );
    assert!(content(&message).contains("?a=1&amp;amp;b=2&lt;/url&gt;"));
}

#[test]
fn places_look_like_texts() {
    let mut client = online();
    let piece = Piece::Location {
        label: owned("湖 <1>"),
        x: owned("30.25"),
        y: owned("120.16"),
    };
    let message = client.receive(ANNA, None, piece.clone());
    assert_is(
        &message,
        &[("MsgType", 1.into()), ("SubMsgType", 48.into())],
    );
    let id = message["MsgId"].as_str().unwrap();
    let expected = format!(
        "湖 &lt;1&gt;:<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid={id}\
         &pictype=location"
    );
    assert_eq!(content(&message), expected);
    assert!(
        message["Url"]
            .as_str()
            .unwrap()
            .contains("coord=30.25,120.16&amp;")
    );
    // Where it came from nothing is escaped for the wire.
    let original = message["OriContent"].as_str().unwrap();
    assert!(original.starts_with("<?xml version=\"1.0\"?>\n<msg>\n\t<location x=\"30.25\""));
    assert!(original.contains("label=\"湖 &lt;1&gt;\""));
    let message = client.receive(ROOM, Some(BORIS), piece);
    let three = content(&message).split(":<br/>").count();
    assert_eq!(three, 3, "{}", content(&message));
}

#[test]
fn a_card_recommends_somebody_by_a_name_of_the_session() {
    let mut client = online();
    let piece = Piece::Card {
        who: owned("wxid_emil8b6w3r"),
    };
    let message = client.receive(ANNA, None, piece);
    assert_eq!(message["MsgType"], 42);
    let info = &message["RecommendInfo"];
    assert_eq!(info["UserName"], client.name("wxid_emil8b6w3r"));
    assert_eq!(info["NickName"], "Emil &quot;E&quot; O&#39;Dell");
    assert!(content(&message).contains("nickname=\"Emil &amp;quot;E&amp;quot; O&amp;apos;Dell\""));
    let nobody = Act::Send {
        chat: owned(ANNA),
        from: None,
        piece: Piece::Card { who: owned("x") },
        veiled: false,
    };
    let done = client
        .server
        .act(client.now, Deed::In(Whose::Latest, nobody));
    assert_eq!(done, Err(DeedError::Nobody(owned("x"))));
}

#[test]
fn answers_quote_in_two_ways() {
    let mut client = online();
    let piece = Piece::Quote {
        quoted: owned("几点?"),
        name: owned("安娜"),
        text: owned("七点"),
    };
    let message = client.receive(ANNA, None, piece);
    assert_eq!(message["MsgType"], 1);
    assert_eq!(
        content(&message),
        "「安娜：几点?」<br/>- - - - - - - - - - - - - - -<br/>七点"
    );
    let msg_id = friend_says(&mut client, "几点?");
    client.drain();
    let piece = Piece::Reply {
        msg_id,
        quoted: owned("几点?"),
        text: owned("七点"),
    };
    let message = client.receive(ANNA, None, piece);
    assert_is(
        &message,
        &[("AppMsgType", 57.into()), ("FileName", "七点".into())],
    );
    let refers =
        format!("&lt;svrid&gt;{msg_id}&lt;/svrid&gt;<br/> &lt;fromusr&gt;{BORIS}&lt;/fromusr&gt;");
    assert!(content(&message).contains(&refers), "{}", content(&message));
}

#[test]
fn the_phone_tells_of_red_packets_and_recalls_in_its_language() {
    for (language, received, recalled) in [
        (
            Language::ZhTw,
            "收到紅包，請在手機上查看",
            "\"安娜\" 收回了一則訊息",
        ),
        (
            Language::En,
            "Red packet received. View on phone",
            "\"安娜\" has recalled a message",
        ),
    ] {
        let mut client = Client::online(Setup {
            language,
            ..setup()
        });
        let message = client.receive(ANNA, None, Piece::RedPacket);
        assert_eq!(content(&message), received);
        let data = given(JPEG);
        let message = client.receive(ANNA, None, Piece::Image { data });
        let msg_id = message["MsgId"].as_str().unwrap().parse().unwrap();
        client.act(Act::Recall { msg_id });
        let recall = client.drain().remove(0);
        assert!(content(&recall).contains(recalled), "{}", content(&recall));
    }
}

#[test]
fn money_is_a_notice_or_an_app_message() {
    let mut client = online();
    let message = client.receive(ANNA, None, Piece::RedPacket);
    assert_is(
        &message,
        &[
            ("MsgType", 10_000.into()),
            ("Content", "收到红包，请在手机上查看".into()),
        ],
    );
    let message = client.receive(ANNA, Some("me"), Piece::RedPacket);
    assert_eq!(content(&message), "发出红包，请在手机上查看");
    let piece = Piece::Transfer {
        amount: owned("￥0.01"),
        memo: owned("tea"),
    };
    let message = client.receive(ANNA, None, piece);
    assert_is(
        &message,
        &[("AppMsgType", 2000.into()), ("FileName", "微信转账".into())],
    );
    let sum = "&lt;feedesc&gt;&lt;![CDATA[￥0.01]]&gt;&lt;/feedesc&gt;";
    assert!(content(&message).contains(sum));
    let id = content(&message)
        .split("&lt;transferid&gt;&lt;![CDATA[")
        .nth(1);
    let id = id.unwrap().split("]]").next().unwrap();
    assert_eq!(id.len(), 32);
}

#[test]
fn a_mini_program_names_its_page() {
    let mut client = online();
    let piece = Piece::MiniProgram {
        title: owned("点菜"),
        name: owned("小店"),
    };
    let message = client.receive(ANNA, None, piece);
    assert_is(
        &message,
        &[("AppMsgType", 33.into()), ("FileName", "点菜".into())],
    );
    let source = "&lt;sourcedisplayname&gt;小店&lt;/sourcedisplayname&gt;";
    assert!(content(&message).contains(source));
}

#[test]
fn media_can_be_taken_back() {
    let mut client = online();
    let message = client.receive(ROOM, Some(BORIS), Piece::Image { data: given(JPEG) });
    let msg_id = message["NewMsgId"].as_u64().unwrap();
    let recall = Deed::In(Whose::Latest, Act::Recall { msg_id });
    client.server.act(client.now, recall).unwrap();
    let recall = client.drain().remove(0);
    assert_eq!(recall["MsgType"], 10_002);
    assert!(content(&recall).contains(&format!("&lt;msgid&gt;{msg_id}&lt;")));
}

#[test]
fn scripts_and_wrong_places() {
    let send = |chat: &str, from: Option<&str>| Act::Send {
        chat: chat.to_owned(),
        from: from.map(str::to_owned),
        piece: Piece::Image {
            data: Blob::Made(64),
        },
        veiled: false,
    };
    let script = Script::none().then(100, send(ANNA, None));
    let mut client = Client::online(Setup { script, ..setup() });
    assert_eq!(client.drain().len(), 1);
    for (chat, from) in [
        (ROOM, None),
        (ROOM, Some("wxid_zoe7h6j5k4")),
        (ANNA, Some(BORIS)),
    ] {
        let deed = Deed::In(Whose::Latest, send(chat, from));
        let done = client.server.act(client.now, deed);
        assert_eq!(done, Err(DeedError::NotThere(chat.to_owned())), "{chat}");
    }
    assert_faultless(&client);
}
