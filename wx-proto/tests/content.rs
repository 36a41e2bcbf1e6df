//! What messages say: one hand-written record per kind, whole, torn and with more behind it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first thing that is not as it should be"
)]

use std::{collections::BTreeMap, fs, mem::discriminant, path::Path};

use proptest::prelude::*;
use wx_proto::{
    Body, Content,
    endpoint::message::MessageRecord,
    message::{Notice, mentions},
};

fn records() -> BTreeMap<String, MessageRecord> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/content");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let record = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            (name, record)
        })
        .collect()
}

fn read(name: &str) -> Content {
    Content::read(&records()[name])
}

#[test]
fn each_kind_reads_as_reviewed() {
    for (name, record) in records() {
        insta::assert_debug_snapshot!(name, Content::read(&record));
    }
}

/// A cut anywhere costs what was cut: never the message, its kind or who said it.
#[test]
fn torn_content_costs_no_message() {
    for (name, mut record) in records() {
        let whole = Content::read(&record);
        let content = record.content.clone();
        // Behind the name of the sender, which is not part of what was said.
        let start = match &whole.sender {
            Some(sender) if content.starts_with(&format!("{sender}:<br/>")) => {
                sender.len() + ":<br/>".len()
            }
            _ => 0,
        };
        for end in (start..content.len()).filter(|end| content.is_char_boundary(*end)) {
            record.content = content[..end].to_owned();
            let torn = Content::read(&record);
            assert_eq!(torn.room, whole.room, "{name} cut at {end}");
            assert_eq!(torn.sender, whole.sender, "{name} cut at {end}");
            match (&whole.body, &torn.body) {
                // These say what they are in their content alone.
                (Body::Recalled(_) | Body::System(_) | Body::Notice(_), _)
                    if record.msg_type == 10002 => {}
                (Body::Location(_), Body::Text(_)) if record.sub_msg_type == 0 => {}
                (Body::App(_) | Body::File(_), Body::App(_)) if record.app_msg_type == 0 => {}
                (whole, torn) => {
                    assert_eq!(
                        discriminant(whole),
                        discriminant(torn),
                        "{name} cut at {end}"
                    );
                }
            }
        }
    }
}

/// A value that was cut must not pass for a whole one.
#[test]
fn torn_values_are_left_out() {
    for name in [
        "app_link_xml_only",
        "recalled_private",
        "recalled_room",
        "file_xml_only",
    ] {
        let mut record = records()[name].clone();
        let (whole, content) = (Content::read(&record), record.content.clone());
        let whole = values(&whole.body);
        for end in (0..content.len()).filter(|end| content.is_char_boundary(*end)) {
            record.content = content[..end].to_owned();
            for value in values(&Content::read(&record).body) {
                assert!(whole.contains(&value), "{name} cut at {end}: {value}");
            }
        }
    }
}

fn values(body: &Body) -> Vec<String> {
    let mut values = match body {
        Body::App(app) => vec![
            app.title.clone(),
            app.url.clone().unwrap_or_default(),
            app.source.clone().unwrap_or_default(),
        ],
        Body::File(file) => vec![
            file.name.clone(),
            file.media_id.expose().to_owned(),
            file.size.map(|size| size.to_string()).unwrap_or_default(),
        ],
        Body::Recalled(recalled) => vec![
            recalled
                .msg_id
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            recalled.replace_msg.clone().unwrap_or_default(),
        ],
        _ => Vec::new(),
    };
    values.retain(|value| !value.is_empty());
    values
}

/// Real payloads have line ends, escaped line ends and stray tags behind their root.
#[test]
fn what_follows_a_payload_does_not_matter() {
    for (name, mut record) in records() {
        if !record.content.contains("&lt;/") || name.starts_with("text") || name.contains("torn") {
            continue;
        }
        // These have no payload.
        if record.msg_type == 10000 || name.starts_with("unknown") {
            continue;
        }
        let whole = Content::read(&record);
        for behind in [
            "<br/><br/>",
            "&lt;br/&gt;<br/>",
            "&lt;msg&gt;",
            " & &lt;",
            "\u{0}",
        ] {
            let content = record.content.clone();
            record.content.push_str(behind);
            assert_eq!(Content::read(&record), whole, "{name} with {behind:?}");
            record.content = content;
        }
    }
}

#[test]
fn a_record_with_nothing_in_it_still_has_its_kind() {
    for (msg_type, kind) in [
        (1, "text"),
        (3, "image"),
        (34, "voice"),
        (37, "friend_request"),
        (40, "possible_friend"),
        (42, "card"),
        (43, "video"),
        (47, "emoticon"),
        (48, "location"),
        (49, "app"),
        (50, "call"),
        (51, "status_notify"),
        (52, "call"),
        (53, "call"),
        (62, "video"),
        (9999, "system_notice"),
        (10000, "notice"),
        (10002, "unknown"),
        (0, "unknown"),
    ] {
        let mut record = MessageRecord::default();
        record.msg_type = msg_type;
        let content = Content::read(&record);
        assert_eq!((content.room, content.sender), (None, None));
        assert_eq!(content.body.kind(), kind, "{msg_type}");
    }
}

#[test]
fn degrees_are_numbers_only_if_they_are() {
    let Body::Location(mut place) = read("location_private").body else {
        panic!("not a location");
    };
    assert_eq!(place.degrees(), Some((31.230001, 121.470002)));
    for odd in [None, Some("x"), Some("NaN"), Some("inf"), Some("")] {
        place.x = odd.map(str::to_owned);
        assert_eq!(place.degrees(), None);
    }
}

/// A file is often saved under its own end.
#[test]
fn an_extension_can_be_part_of_a_path() {
    for (name, extension) in [
        ("a.tar.gz", Some("gz")),
        ("a.b/../../c", None),
        ("a.x y", None),
        ("a.", None),
        ("a", None),
        ("", None),
    ] {
        let mut record = records()["file_opaque"].clone();
        record.file_name = name.to_owned();
        let Body::File(file) = Content::read(&record).body else {
            panic!("not a file");
        };
        assert_eq!(file.name, name);
        assert_eq!(file.extension.as_deref(), extension, "{name}");
    }
}

/// Contents made to take long. Each is a quarter of a megabyte, the most that is read as XML;
/// one that took time by the square of its length would take minutes.
#[test]
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "what is tested is the time it takes"
)]
fn hostile_contents_end_at_once() {
    let begin = std::time::Instant::now();
    for piece in [
        "<",
        "&",
        "<br",
        "<br ",
        "&#",
        "&#x1",
        "&amp;",
        "&lt;",
        "&lt;a&gt;",
        ":<br/>",
        "@",
        ",",
        "<span class=\"emoji emoji",
        "<span class=\"emoji emoji1f604",
        "&lt;![CDATA[",
        "&lt;!--",
        "&lt;a b=\"",
        "a=\"x\"!",
        "&amp;lt;span class=\"emoji emoji",
        "0",
        "邀请",
        "\" 邀请",
        " ",
        "$",
        "<a ",
        "<a>",
        "「",
        "「a：「b」\n-----\n",
    ] {
        let long = piece.repeat(250_000 / piece.len());
        for content in [format!("<m {long}"), format!("<m>{long}"), long] {
            let mut record = MessageRecord::default();
            record.status_notify_user_name.clone_from(&content);
            record.content = content;
            for msg_type in [1, 49, 51, 10000] {
                record.msg_type = msg_type;
                if let Body::Text(text) = Content::read(&record).body {
                    let _ = text.quoted();
                    let _ = mentions(&text.text, "a", None);
                }
            }
        }
    }
    // Long names for many marks, and many links for them.
    let link = |name: usize, nick: &str| {
        format!(
            "&lt;link name=\"{name}\"&gt;&lt;memberlist&gt;&lt;member&gt;&lt;nickname&gt;{nick}\
             &lt;/nickname&gt;&lt;/member&gt;&lt;/memberlist&gt;&lt;/link&gt;"
        )
    };
    for links in [
        link(0, &"n".repeat(100_000)),
        (0..1000).map(|name| link(name, "n")).collect::<String>(),
    ] {
        let notice = template(&"$0$".repeat(30_000), &links);
        assert!(notice.text.len() < 1_000_000);
    }
    let taken = begin.elapsed();
    assert!(taken < std::time::Duration::from_secs(60), "{taken:?}");
}

/// A sentence with marks for names, and what they stand for.
fn template(sentence: &str, links: &str) -> Notice {
    let mut record = MessageRecord::default();
    record.msg_type = 10002;
    record.content = format!(
        "&lt;sysmsg type=\"sysmsgtemplate\"&gt;&lt;content_template&gt;&lt;template&gt;{sentence}\
         &lt;/template&gt;&lt;link_list&gt;{links}&lt;/link_list&gt;&lt;/content_template&gt;&lt;/sysmsg&gt;"
    );
    let Body::Notice(notice) = Content::read(&record).body else {
        panic!("not a notice");
    };
    notice
}

#[test]
fn many_members_with_a_long_separator_do_not_make_a_thousandfold_of_it() {
    let member = "&lt;member&gt;&lt;username&gt;a&lt;/username&gt;&lt;/member&gt;";
    let links = format!(
        "&lt;link name=\"all\"&gt;&lt;separator&gt;{}&lt;/separator&gt;\
         &lt;memberlist&gt;{}&lt;/memberlist&gt;&lt;/link&gt;",
        "x".repeat(100_000),
        member.repeat(1000),
    );
    let notice = template("$all$", &links);
    // What is no word gives way to the mark that stands between names else.
    assert_eq!(notice.text, ["a"; 1000].join("、"));
}

/// There may be thousands of them in one reply, so each must stay about as large as it came.
#[test]
fn no_sentence_grows_to_a_hundredfold_by_the_names_in_it() {
    for (name, marks) in [(500, 500), (10_000, 50), (50, 10_000)] {
        let name = "n".repeat(name);
        let links =
            format!("&lt;link name=\"a\"&gt;&lt;plain&gt;{name}&lt;/plain&gt;&lt;/link&gt;");
        let sentence = "$a$".repeat(marks);
        let came = links.len() + sentence.len();
        let notice = template(&sentence, &links);
        assert!(notice.text.starts_with(&name));
        assert!(
            notice.text.len() < 3 * came,
            "{} of {came}",
            notice.text.len()
        );
    }
}

#[test]
fn a_mark_is_a_short_word_and_everything_else_is_left_as_it_is() {
    let link = |name: &str| {
        format!("&lt;link name=\"{name}\"&gt;&lt;plain&gt;tea&lt;/plain&gt;&lt;/link&gt;")
    };
    for (name, is_mark) in [
        ("a", true),
        (&*"n".repeat(64), true),
        (&*"n".repeat(65), false),
        ("a$b", false),
        ("$$$", false),
    ] {
        let sentence = format!("some ${name}$!");
        let expected = if is_mark { "some tea!" } else { &*sentence };
        assert_eq!(template(&sentence, &link(name)).text, expected);
    }
}

const TYPES: [i64; 22] = [
    0,
    1,
    3,
    34,
    37,
    40,
    42,
    43,
    47,
    48,
    49,
    50,
    51,
    52,
    53,
    62,
    9999,
    10000,
    10002,
    -1,
    i64::MAX,
    i64::MIN,
];
const APP_TYPES: [i64; 26] = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    13,
    15,
    16,
    17,
    19,
    33,
    36,
    51,
    53,
    57,
    2000,
    2001,
    100_001,
    -1,
    i64::MAX,
];

fn contents() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "&lt;msg&gt;", "&lt;/msg&gt;", "&lt;appmsg&gt;", "&lt;/appmsg&gt;", "&lt;title&gt;",
            "&lt;/title&gt;", "&lt;img length=\"", "\" /&gt;", "&lt;sysmsg type=\"revokemsg\"&gt;",
            "&lt;revokemsg&gt;", "&lt;msgid&gt;", "&lt;/msgid&gt;", "&lt;![CDATA[", "]]&gt;",
            "<br/>", ":<br/>", "@a1", "/cgi-bin/", "&pictype=location", "&amp;", "&amp;quot;",
            "<span class=\"emoji emoji1f604\"></span>", "&lt;op id='4'&gt;", "&lt;username&gt;",
            "&lt;mmreader&gt;&lt;category&gt;&lt;item&gt;", "<msg>", "18446744073709551616", ",",
            "&lt;sysmsg type=\"sysmsgtemplate\"&gt;&lt;content_template&gt;", "&lt;template&gt;$a$邀请$a$加入了群聊",
            "&lt;/template&gt;&lt;link_list&gt;&lt;link name=\"a\"&gt;&lt;memberlist&gt;&lt;member&gt;&lt;nickname&gt;",
            "邀请", "加入了群聊", "\"", "你", "拍了拍", "修改群名为", "开启了朋友验证，你还不是他",
            "&lt;recorditem&gt;&lt;recordinfo&gt;&lt;datalist&gt;&lt;dataitem&gt;", "&lt;refermsg&gt;&lt;type&gt;49",
        ]).prop_map(String::from),
        1 => any::<String>(),
        1 => "@[0-9a-f]{120,300}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["@a1", "@@b2", "9@chatroom", "filehelper", ""]).prop_map(String::from)
}

proptest! {
    #[test]
    fn no_record_breaks_it(
        content in contents(),
        (from, to) in (names(), names()),
        origin in contents(),
        notified in contents(),
        sub_msg_type in prop::sample::select(vec![0, 48]),
        number in any::<i64>(),
    ) {
        for msg_type in TYPES {
            let apps: &[i64] = if matches!(msg_type, 1 | 49) { &APP_TYPES } else { &[0] };
            for app_msg_type in apps {
                let mut record = MessageRecord::default();
                record.msg_type = msg_type;
                record.app_msg_type = *app_msg_type;
                record.sub_msg_type = sub_msg_type;
                record.content.clone_from(&content);
                record.from_user_name.clone_from(&from);
                record.to_user_name.clone_from(&to);
                record.ori_content.clone_from(&origin);
                record.status_notify_user_name.clone_from(&notified);
                record.voice_length = number;
                record.play_length = number;
                record.img_width = number;
                record.file_size = number.to_string();
                let read = Content::read(&record);
                let is_room = |name: &str| name.starts_with("@@") || name.ends_with("@chatroom");
                prop_assert_eq!(read.room.is_some(), is_room(&from) || is_room(&to));
                if let Body::StatusNotify(notify) = &read.body {
                    prop_assert!(
                        notify.accounts.is_empty() || notify.accounts.len() == notify.users.len()
                    );
                }
                if let Body::Location(place) = &read.body {
                    place.degrees();
                }
            }
        }
    }
}
