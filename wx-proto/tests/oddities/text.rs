//! Texts.

use wx_proto::{
    Body, clean,
    message::{Direction, Mention, NoticeEvent, Who, mentions},
};

use crate::{body, record};

fn span(number: &str) -> String {
    format!("<span class=\"emoji emoji{number}\"></span>")
}

fn text(content: &str) -> String {
    match body(1, content) {
        Body::Text(text) => text.text,
        other => panic!("{other:?}"),
    }
}

fn notice(content: &str) -> wx_proto::message::Notice {
    match body(10000, content) {
        Body::Notice(notice) => notice,
        other => panic!("{other:?}"),
    }
}

#[test]
fn oddity_81_nine_faces_are_swapped_and_get_their_own_back() {
    for (written, shown) in [
        ("1f63c", "😁"),
        ("1f639", "😂"),
        ("1f63a", "😃"),
        ("1f4ab", "😖"),
        ("1f64d", "😔"),
        ("1f63b", "😍"),
        ("1f63d", "😘"),
        ("1f64e", "😡"),
        ("1f63f", "😢"),
        ("1f604", "😄"),
    ] {
        assert_eq!(text(&span(written)), shown);
    }
    // Raw ones are what they are.
    assert_eq!(text("😹"), "😹");
}

#[test]
fn oddity_82_one_span_is_one_character_or_two() {
    for (written, shown) in [
        ("2764", "\u{2764}"),
        ("1f604", "😄"),
        ("3620e3", "6\u{20e3}"),
        ("263afe0f", "\u{263a}\u{fe0f}"),
        ("1f1e81f1f3", "🇨🇳"),
    ] {
        assert_eq!(text(&span(written)), shown);
    }
    for unknown in ["1f6", "1f6041", "1f60412", "1f604123456"] {
        assert_eq!(text(&span(unknown)), span(unknown));
    }
}

#[test]
fn oddity_83_the_last_bracket_of_a_span_may_be_missing() {
    assert_eq!(text("a<span class=\"emoji emoji1f450\"></spanb"), "a👐b");
}

#[test]
fn oddity_84_spans_and_raw_emoji_stand_side_by_side() {
    assert_eq!(
        text(&format!("🍖{}🍕{}", span("1f37a"), span("1f604"))),
        "🍖🍺🍕😄"
    );
}

#[test]
fn oddity_85_line_ends_are_marked_and_one_layer_of_escapes_comes_off() {
    assert_eq!(text("一<br/>二<br/><br/>"), "一\n二\n\n");
    assert_eq!(
        text("&amp;lt;br/&amp;gt; &lt;b&gt; &quot;&#39;"),
        "&lt;br/&gt; <b> \"'"
    );
    // Whoever types markup gets what they typed.
    assert_eq!(
        text("&lt;br/&gt;&lt;span class=&quot;emoji emoji1f604&quot;&gt;&lt;/span&gt;"),
        "<br/><span class=\"emoji emoji1f604\"></span>"
    );
}

#[test]
fn oddity_86_the_names_of_old_faces_stay() {
    assert_eq!(text("[微笑]好[Smile]"), "[微笑]好[Smile]");
}

#[test]
fn oddity_87_a_mention_ends_in_a_blank_of_its_own_and_not_every_at_is_one() {
    let said = clean("@kora茶馆 和@小荷先生 是好朋友 @_@ a@b.example @领队\u{2005}几点");
    for (name, found) in [
        ("kora茶馆", Mention::Yes),
        ("小荷先生", Mention::Yes),
        ("领队", Mention::Yes),
        ("kora", Mention::No),
        ("b.example", Mention::No),
    ] {
        assert_eq!(mentions(&said, name, Some("")), found, "{name}");
    }
    assert_eq!(mentions("@_@ a@b.example", "领队", None), Mention::No);
}

#[test]
fn oddity_88_notices_keep_their_blanks_and_names_their_signs() {
    let said = "\" 阿$禾\"邀请\"竹<span class=\"emoji emoji1f38b\"></span>、\u{2005}小\"明\"\"加入了群聊  ";
    let notice = notice(said);
    assert_eq!(
        notice.text,
        "\" 阿$禾\"邀请\"竹🎋、\u{2005}小\"明\"\"加入了群聊  "
    );
    let Some(NoticeEvent::Joined {
        inviter,
        members,
        listed,
        ..
    }) = notice.event
    else {
        panic!("{:?}", notice.event);
    };
    let named = |name: &str| Who::Named(name.to_owned());
    assert_eq!(inviter, Some(named("阿$禾")));
    assert_eq!(members, [named("竹🎋"), named("\u{2005}小\"明\"")]);
    assert_eq!(listed, "竹🎋、\u{2005}小\"明\"");
}

#[test]
fn oddity_88_quotes_are_straight_or_curly_or_missing() {
    let told = |said: &str| notice(said).event;
    let renamed = told("\"阿禾\"修改群名为“茶山行”");
    assert!(matches!(&renamed, Some(NoticeEvent::Renamed { topic, .. }) if topic == "茶山行"));
    assert_eq!(told("“阿禾”修改群名为\"茶山行\""), renamed);
    assert_eq!(told("阿禾修改群名为茶山行  "), renamed);
}

#[test]
fn oddity_89_a_quote_is_text_with_a_row_of_dashes() {
    let Body::Text(text) = body(
        1,
        "「阿禾：几点？」<br/>- - - - - - - - - - - - - - -<br/>八点",
    ) else {
        panic!("not a text");
    };
    let quoted = text.quoted().unwrap();
    assert_eq!(
        (quoted.name, quoted.text, quoted.answer),
        ("阿禾", "几点？", "八点")
    );
}

#[test]
fn oddity_90_money_is_often_only_a_sentence() {
    let sent = notice("发出红包，请在手机上查看").event;
    assert_eq!(sent, Some(NoticeEvent::RedPacket(Direction::Sent)));
    let received = notice("收到转账，请在手机上查看").event;
    assert_eq!(received, Some(NoticeEvent::Transfer(Direction::Received)));
    // And may come as a text.
    let mut as_text = record(1, "收到红包，请在手机上查看");
    as_text.app_msg_type = 2001;
    assert_eq!(wx_proto::Content::read(&as_text).body.kind(), "app");
}
