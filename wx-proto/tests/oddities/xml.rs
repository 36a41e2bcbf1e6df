//! XML payloads.

use wx_proto::{
    Body, Content, Secret,
    message::{App, AppPayload, Emoticon, FriendRequest, Recalled},
};

use crate::{body, record, wire};

fn app(content: &str) -> App {
    match body(49, content) {
        Body::App(app) => app,
        other => panic!("{other:?}"),
    }
}

fn recalled(content: &str) -> Recalled {
    match body(10002, content) {
        Body::Recalled(recalled) => recalled,
        other => panic!("{other:?}"),
    }
}

fn request(content: &str) -> FriendRequest {
    match body(37, content) {
        Body::FriendRequest(request) => request,
        other => panic!("{other:?}"),
    }
}

fn sticker(content: &str) -> Emoticon {
    match body(47, content) {
        Body::Emoticon(sticker) => sticker,
        other => panic!("{other:?}"),
    }
}

const LINK: &str = "<?xml version=\"1.0\"?>\n<msg>\n\t<appmsg appid=\"\" sdkver=\"0\">\n\t\t<title>茶山</title>\n\t\t<type>5</type>\n\t\t<url>http://a.example/?b=1&amp;c=2</url>\n\t</appmsg>\n</msg>\n";

#[test]
fn oddity_91_line_ends_of_xml_are_marked_or_left_out_and_follow_its_end() {
    let whole = app(&wire(LINK));
    assert_eq!(
        (whole.title.as_str(), whole.url.as_deref()),
        ("茶山", Some("http://a.example/?b=1&c=2"))
    );
    for same in [
        wire(LINK) + "<br/><br/>",
        wire(&LINK.replace(['\n', '\t'], "")),
        wire(&LINK.replace('\n', "   ")),
        wire(&LINK.replace(['\n'], "\r\n")),
    ] {
        assert_eq!(app(&same), whole);
    }
    // Inside CDATA a marked line end is text.
    let cdata = LINK.replace(">茶山<", "><![CDATA[茶\n山]]><");
    assert_eq!(app(&wire(&cdata)).title, "茶\n山");
}

#[test]
fn oddity_92_after_decoding_it_is_often_no_xml() {
    // An emoji span with quotes of its own inside an attribute.
    let torn = "&lt;msg fromnickname=\"竹<span class=\"emoji emoji1f38b\"></span>\" content=\"hi\" ticket=\"v4_x@stranger\" /&gt;";
    let found = request(torn);
    assert_eq!(
        (
            found.nick_name.as_str(),
            found.content.as_str(),
            found.ticket.as_ref().map(Secret::expose)
        ),
        ("竹🎋", "hi", Some("v4_x@stranger"))
    );
    // No blank between two attributes.
    let glued = request("&lt;msg fromnickname=\"竹\"content=\"hi\"ticket=\"v4_x\"/&gt;");
    assert_eq!(
        (
            glued.content.as_str(),
            glued.ticket.as_ref().map(Secret::expose)
        ),
        ("hi", Some("v4_x"))
    );
    // Line ends of both kinds behind the end.
    assert_eq!(app(&(wire(LINK) + "&lt;br/&gt;<br/>")), app(&wire(LINK)));
    // The record has the same facts unharmed, and goes first.
    let mut beside = record(37, torn);
    beside.recommend_info.nick_name = "竹".to_owned();
    beside.recommend_info.content = "hello".to_owned();
    let Body::FriendRequest(found) = Content::read(&beside).body else {
        panic!("not a request");
    };
    assert_eq!(
        (found.nick_name.as_str(), found.content.as_str()),
        ("竹", "hello")
    );
}

#[test]
fn oddity_93_attributes_are_escaped_twice() {
    let found = request(
        "&lt;msg fromnickname=\"竹\" content=\"我是&amp;quot;群&amp;amp;聊&amp;quot;的&amp;apos;竹&amp;apos;\" /&gt;",
    );
    assert_eq!(found.content, "我是\"群&聊\"的'竹'");
}

#[test]
fn oddity_94_cdata_has_one_layer_of_escapes_and_elements_have_two() {
    let element = "&lt;msg&gt;&lt;appmsg&gt;&lt;url&gt;http://a.example/?b=1&amp;amp;c=2&lt;/url&gt;&lt;/appmsg&gt;&lt;/msg&gt;";
    let cdata = "&lt;msg&gt;&lt;appmsg&gt;&lt;url&gt;&lt;![CDATA[http://a.example/?b=1&amp;c=2]]&gt;&lt;/url&gt;&lt;/appmsg&gt;&lt;/msg&gt;";
    for content in [element, cdata] {
        assert_eq!(
            app(content).url.as_deref(),
            Some("http://a.example/?b=1&c=2")
        );
    }
}

const RECALL: &str = "<sysmsg type=\"revokemsg\"><revokemsg><session>wxid_q1w2e3</session><oldmsgid>1057515481</oldmsgid><msgid>4611686018427300001</msgid><replacemsg><![CDATA[\"竹\" 撤回了一条消息]]></replacemsg></revokemsg></sysmsg>";

#[test]
fn oddity_95_emoji_inside_cdata_are_decoded() {
    for span in [
        "<span class=\"emoji emoji1f38b\"></span>",
        "&lt;span class=\"emoji emoji1f38b\"&gt;&lt;/span&gt;",
    ] {
        let said = wire(RECALL).replace('竹', span);
        assert_eq!(
            recalled(&said).replace_msg.as_deref(),
            Some("\"🎋\" 撤回了一条消息")
        );
    }
}

#[test]
fn oddity_96_the_url_of_a_record_is_escaped_and_its_extra_xml_is_not() {
    let mut place = record(
        1,
        "茶路:<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=1&pictype=location",
    );
    place.url = "http://apis.map.qq.com/uri/v1/geocoder?coord=31.2,121.4&amp;x=1".to_owned();
    place.ori_content = "<?xml version=\"1.0\"?>\n<msg>\n\t<location x=\"31.230001\" y=\"121.470002\" scale=\"16\" label=\"茶路 &amp; 27\" poiname=\"茶\" />\n</msg>\n".to_owned();
    let Body::Location(place) = Content::read(&place).body else {
        panic!("not a place");
    };
    assert_eq!(
        place.url.as_deref(),
        Some("http://apis.map.qq.com/uri/v1/geocoder?coord=31.2,121.4&x=1")
    );
    assert_eq!(
        (place.x.as_deref(), place.poiname.as_deref()),
        (Some("31.230001"), Some("茶"))
    );
}

#[test]
fn oddity_97_attributes_are_written_in_three_ways() {
    let found = sticker(
        "&lt;msg&gt;&lt;emoji fromusername = \"a\"  md5=\"00ff\" len = \"86235\" cdnurl= \"http://emoji.example.com/x/\"  width= \"240\" height =\"120\" &gt;&lt;/emoji&gt; &lt;gameext type=\"0\" content=\"0\" &gt;&lt;/gameext&gt;&lt;/msg&gt;",
    );
    assert_eq!(
        (found.md5.as_deref(), found.size),
        (Some("00ff"), Some(86_235))
    );
    assert_eq!((found.width, found.height), (Some(240), Some(120)));
    assert_eq!(found.cdnurl.as_deref(), Some("http://emoji.example.com/x/"));
}

#[test]
fn oddity_98_blanks_stand_round_urls_and_elements_may_be_empty_in_two_ways() {
    let found = app(&wire(
        "<msg><appmsg><type>5</type><title>茶</title><des /><thumburl></thumburl><url>\n   http://a.example/b  \n</url></appmsg></msg>",
    ));
    assert_eq!(
        (found.kind.0, found.title.as_str(), found.url.as_deref()),
        (5, "茶", Some("http://a.example/b"))
    );
    assert_eq!((found.description, found.thumb_url), (None, None));
}

#[test]
fn oddity_99_numbers_beyond_64_bits_are_texts() {
    let found = app(&wire(
        "<msg><appmsg><title>微信转账</title><type>2000</type><wcpayinfo><paysubtype>1</paysubtype><feedesc>￥0.10</feedesc><transcationid>10000000000000000000000000000001</transcationid><transferid>1000000000000000000000000000002</transferid></wcpayinfo></appmsg></msg>",
    ));
    let Some(AppPayload::Transfer(transfer)) = found.payload.as_deref() else {
        panic!("{:?}", found.payload);
    };
    assert_eq!(
        transfer.transaction_id.as_deref(),
        Some("10000000000000000000000000000001")
    );
    assert_eq!(
        transfer.transfer_id.as_deref(),
        Some("1000000000000000000000000000002")
    );
    // One that is too large for a number costs itself.
    let found = request(
        "&lt;msg fromnickname=\"竹\" snsbgobjectid=\"12818198939376900017\" scene=\"99999999999999999999\" opcode=\"2\"/&gt;",
    );
    assert_eq!(
        (found.nick_name.as_str(), found.scene, found.opcode),
        ("竹", 0, 2)
    );
}

#[test]
fn oddity_100_a_sticker_of_the_store_has_no_content_and_is_one() {
    let mut stored = record(47, "");
    stored.has_product_id = 1;
    stored.img_status = 2;
    let Body::Emoticon(found) = Content::read(&stored).body else {
        panic!("not a sticker");
    };
    assert!(found.from_store);
    // As a text that says the web cannot show it.
    stored.msg_type = 1;
    stored.content = "[发送了一个表情，请在手机上查看]".to_owned();
    assert_eq!(Content::read(&stored).body.kind(), "emoticon");
    stored.has_product_id = 0;
    assert_eq!(Content::read(&stored).body.kind(), "text");
}

#[test]
fn oddity_101_recalls_come_in_many_layouts() {
    for session in ["wxid_q1w2e3", "chosen_name", "77@chatroom"] {
        let xml = RECALL.replace("wxid_q1w2e3", session);
        for layout in [
            xml.clone(),
            xml.replace("><", ">\n\t<"),
            xml.replace(
                "</revokemsg>",
                "<announcement_id><![CDATA[]]></announcement_id></revokemsg>",
            ),
        ] {
            for prefix in ["", "@c48e:<br/>"] {
                let mut said = record(10002, &format!("{prefix}{}", wire(&layout)));
                said.from_user_name = "@@b3d9".to_owned();
                let content = Content::read(&said);
                assert_eq!(content.sender.is_some(), !prefix.is_empty());
                let Body::Recalled(found) = content.body else {
                    panic!("{layout}");
                };
                assert_eq!(found.msg_id.unwrap().as_str(), "4611686018427300001");
            }
        }
    }
    let last = recalled(&wire(&RECALL.replace("4611686018427300001", "0")));
    assert_eq!((last.msg_id, last.last_own), (None, true));
}

#[test]
fn oddity_102_the_recalled_id_is_that_of_the_message_to_the_last_digit() {
    // Two ids that one double stands for.
    for id in ["4611686018427300001", "4611686018427300002"] {
        let found = recalled(&wire(&RECALL.replace("4611686018427300001", id)));
        assert_eq!(found.msg_id.unwrap().as_str(), id);
    }
}

#[test]
fn oddity_103_type_5_is_a_link_an_article_or_many() {
    assert!(app(&wire(LINK)).articles.is_empty());
    let item = |n: u8| {
        format!(
            "<item><title><![CDATA[茶 {n}]]></title><url><![CDATA[http://mp.example.com/{n}?a=1&amp;b=2]]></url><digest><![CDATA[雨]]></digest><cover><![CDATA[http://img.example.com/{n}|0|0]]></cover></item>"
        )
    };
    for count in [1, 3] {
        let items: String = (1..=count).map(item).collect();
        let xml = format!(
            "<msg><appmsg><title><![CDATA[茶 1]]></title><type>5</type><mmreader><category type=\"20\" count=\"{count}\">{items}</category></mmreader></appmsg></msg>"
        );
        let found = app(&xml.replace('<', "&lt;").replace('>', "&gt;"));
        assert_eq!(found.articles.len(), usize::from(count));
        assert_eq!(
            found.articles[0].url.as_deref(),
            Some("http://mp.example.com/1?a=1&b=2")
        );
        assert_eq!(
            found.articles[0].cover.as_deref(),
            Some("http://img.example.com/1")
        );
    }
}
