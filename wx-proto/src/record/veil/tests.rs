use super::*;

fn reply(veil: &mut Veil, text: &str) -> String {
    String::from_utf8(veil.reply(text.as_bytes())).unwrap()
}

#[test]
fn words_are_replaced_one_for_one_and_the_protocol_stays() {
    let mut veil = Veil::new();
    let one = veil.text(r#"{"NickName":"Olga","UserName":"@a73e98d7536da9d4673de6877f9e454c"}"#);
    assert!(
        one.starts_with(r#"{"NickName":""#) && one.contains(r#""UserName":"@"#),
        "{one}"
    );
    assert!(!one.contains("Olga") && !one.contains("a73e98d7"));
    let again = veil.text("Olga says @a73e98d7536da9d4673de6877f9e454c");
    let name = one.split('"').nth(3).unwrap();
    assert!(again.starts_with(name), "{again} {one}");
    assert!(
        again.ends_with(one.rsplit('"').nth(1).unwrap()),
        "{again} {one}"
    );
    assert_eq!(name.len(), 4);
    assert_ne!(veil.text("Olha"), name);
}

#[test]
fn the_number_of_an_account_goes_whatever_its_length_and_other_small_numbers_stay() {
    let mut veil = Veil::new();
    let text = reply(
        &mut veil,
        r#"{"Ret":1205,"Uin":12345,"Val":704153081,"Count":12345}"#,
    );
    assert!(
        text.contains(r#""Ret":1205"#) && !text.contains("12345"),
        "{text}"
    );
    assert!(!text.contains("704153081"), "{text}");
    assert_eq!(veil.text("1_704153081|2_5").len(), "1_704153081|2_5".len());
}

#[test]
fn numbers_of_people_go_however_they_are_grouped() {
    let mut veil = Veil::new();
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let structure = |text: &str| -> String {
        text.chars()
            .map(|c| match c {
                '0'..='9' => '0',
                c if c.is_ascii_alphabetic() => 'a',
                c => c,
            })
            .collect()
    };
    let phone = digits(&veil.text("13812345678"));
    for text in [
        "138-1234-5678",
        "138 1234 5678",
        "(138) 1234-5678",
        "138.1234.5678",
        "13 81 23 45 67 8",
        "138\u{a0}1234\u{2013}5678",
        "138&nbsp;1234&#45;5678",
        "138-1234&amp;#45;5678",
    ] {
        let other = veil.text(text);
        assert_eq!(structure(&other), structure(text), "{other}");
        if !text.contains("#") {
            assert_eq!(digits(&other), phone, "{other}");
        }
        assert!(
            !other.contains("1234") && !other.contains("5678"),
            "{other}"
        );
    }
    for (text, parts) in [
        ("138%201234%2D5678", &["1234", "5678"][..]),
        ("code 482913, mail 1234567@qq.com", &["482913", "1234567"]),
        ("+86 138 0012 3456", &["0012", "3456"]),
        ("4929 1234 7777 0001", &["4929", "1234", "7777", "0001"]),
        (
            "x=\"31.230416\" y=\"121.473701\"",
            &["230416", "473701", "121"],
        ),
        ("31.2304", &["2304"]),
        ("door 482 913", &["482", "913"]),
        ("203.0.113.7", &["203", "113"]),
        ("born 1990/01/02", &["1990"]),
        (r#"{\"Ret\":4829}"#, &["4829"]),
        ("<code>4829</code> code=4829&amp;type=4829", &["4829"]),
        (r#"{"Content":"ok, Count: 482913"}"#, &["482913"]),
        ("{Ret:4829,MsgType: 4830", &["4829", "4830"]),
        ("the FileSize:482913482", &["482913482"]),
    ] {
        let other = reply(&mut veil, text);
        assert_eq!(other, veil.text(text));
        assert_eq!(structure(&other), structure(text), "{other}");
        for part in parts {
            assert!(!other.contains(part), "{other}");
        }
    }
    for same in [
        r#"window.synccheck={retcode:"1101",selector:"0"}"#,
        "window.synccheck={selector:2, retcode:1101}",
        r#"{"Count":4829,"FileSize":"482913482"}"#,
    ] {
        assert_eq!(reply(&mut veil, same), same);
    }
    // The digits of fractions are no numbers with a zero in front.
    for text in ["[10203040,50607080]", "[1,2,3,4,5,6,7,8,9]"] {
        let other = reply(&mut veil, text);
        assert!(
            serde_json::from_str::<serde_json::Value>(&other).is_ok(),
            "{other}"
        );
        assert_ne!(other, text);
    }
}

#[test]
fn the_host_of_a_relay_is_the_same_one_in_replies() {
    let mut veil = Veil::new();
    let other = veil.host("10.0.0.9", false);
    assert_eq!(veil.text("https://10.0.0.9/"), format!("https://{other}/"));
    let reply = reply(
        &mut veil,
        "window.redirect_uri=\"https://10.0.0.9:8443/?a=10.0.0.91\";",
    );
    assert!(
        reply.contains(&format!("https://{other}:")) && !reply.contains(&format!("{other}1")),
        "{reply}"
    );
    let here = veil.host("127.0.0.2", true);
    assert_eq!(here, "127.0.0.2");
    assert_eq!(veil.text("http://127.0.0.2:80"), "http://127.0.0.2:80");
}

#[test]
fn numbers_of_the_protocol_stay() {
    let mut veil = Veil::new();
    for same in [
        r#"{"BaseResponse":{"Ret":1205},"MemberCount":1000,"AppMsgType":100001,"MsgType" : 10002}"#,
        r#"{"Ret":-2013,"FileSize":"123456789","VoiceLength":12000,"VerifyFlag":1024}"#,
        "window.synccheck={retcode:\"1101\",selector:\"2\"}",
        "{selector: '2', retcode: '1101'}",
        "<ret>1203</ret>",
        "&lt;type&gt;2000&lt;/type&gt;&lt;totallen&gt;123456789&lt;/totallen&gt;",
        r#"<type>2001<\/type>\u003ctype\u003e2001\u003c/type\u003e"#,
        r#"<voicemsg voicelength=\"12000\" length=\"54321\" />"#,
        "&lt;img length=&quot;54321&quot;<br/>cdnthumbwidth = '1024'",
        "scene=\"3\" version=\"1.0\" 12:30, 7, 12, http://127.0.0.1",
        "Expires=Thu, 01-Jan-2026 00:00:00 GMT; Max-Age=604800",
        "Mon, 30 Nov 2026 10:33:18 GMT",
    ] {
        assert_eq!(reply(&mut veil, same), same);
    }
    // Whoever writes so is not the service.
    assert!(!veil.text(r#"{"Ret":1205}"#).contains("1205"));
}

#[test]
fn escapes_and_phrases_stay_what_they_are() {
    let mut veil = Veil::new();
    assert_eq!(veil.text("%2B\\n&lt;&amp;&#39;"), "%2B\\n&lt;&amp;&#39;");
    let notice = veil.text("\"张三\" 撤回了一条消息");
    assert!(
        notice.ends_with("撤回了一条消息") && !notice.contains('张'),
        "{notice}"
    );
    let escaped = veil.text("\\u5f20");
    assert!(escaped.starts_with("\\u") && escaped.len() == 6 && escaped != "\\u5f20");
    let broken = veil.reply(b"Olga\xff\xfeOlga");
    assert_eq!(broken.len(), 10);
    assert_eq!(broken[4..6], [0xff, 0xff]);
    assert_eq!(broken[..4], broken[6..]);
}

#[test]
fn letters_are_replaced_however_they_are_written() {
    let mut veil = Veil::new();
    let structure = |text: &str| {
        let marks = text.chars().filter(|c| !c.is_ascii_hexdigit());
        marks.collect::<String>()
    };
    for text in [
        "/?q=%E5%BC%A0%e4%b8%89&n=1",
        "%4f%6C%67%61%3d",
        "%31%33%38%31%32%33%34%35%36%37%38",
        "&#24352;",
        "&#x5f20;",
        "&amp;#X5F20;",
        "&#65;",
        "&#233;",
        "&#0024352;",
        "\\u5f20\\u4e09",
        "\\ud842\\udfb7",
        "\\u004f\\u006c\\u0067\\u0061",
        "\\x4F\\x6C\\x67\\x61",
        "\\\\x4f\\\\x6c",
        "\\117\\154\\147\\141",
        "%254F%256C%2567%2561",
        "%26%2324352%3B",
        "%26%2379%3B",
        "%26%23x5F20%3b",
        "%2526%252379%253B",
        "&amp;%23X5F20;",
        "\\u0026\\u002379\\u003b",
        "\\u{4f}",
        "&#79&#108",
        "%26%2379%26%23108",
    ] {
        let other = veil.text(text);
        assert_eq!(other, veil.text(text));
        assert_eq!(other.len(), text.len(), "{text} {other}");
        assert_ne!(other, text);
        assert_eq!(structure(&other), structure(text), "{other}");
    }
    for (large, small) in [
        ("%E5%BC%A0", "%e5%bc%a0"),
        ("&#X5F20;", "&#x5f20;"),
        ("\\u5F20", "\\u5f20"),
    ] {
        let is = |c: char, other: &str| {
            other
                .chars()
                .filter(char::is_ascii_hexdigit)
                .any(|d| d.is_alphabetic() && d.is_lowercase() == c.is_lowercase())
        };
        assert!(!is('a', &veil.text(large)), "{large}");
        assert!(!is('A', &veil.text(small)), "{small}");
    }
    for same in [
        "&#39;&#x27;&#0039;&#8217;",
        "%2B%3D%26%20",
        "\\u003cbr\\u003e\\u0022\\ud83d\\ude04\\ud83d",
        "100%, 50%%, &, &#;, #1, \\",
    ] {
        assert_eq!(veil.text(same), same);
    }
    // What is no text in our encoding, in an escape as well.
    assert_eq!(veil.reply(b"\xd5\xc5\xc8\xfd"), [0xff; 4]);
    assert_eq!(veil.text("%D5%C5 %d5%c5"), "%FF%FF %ff%ff");
    // Escaped twice.
    let twice = veil.text("%2541nna%25E5%25BC%25A0");
    assert!(!twice.contains("nna") && !twice.contains("BC"), "{twice}");
}

#[test]
fn sentences_of_the_service_stay_round_other_names() {
    let mut veil = Veil::new();
    let name = "Zebulon 张三";
    let other = veil.text(name);
    for template in crate::message::templates() {
        let filled = |name: &str| {
            template
                .replace('…', "")
                .replace("{}", &format!("\"{name}\""))
        };
        assert_eq!(veil.text(&filled(name)), filled(&other));
    }
}

#[test]
fn names_of_members_stay_only_where_they_name_something() {
    let mut veil = Veil::new();
    for same in [
        r#"{"Cover":1,"Title" : {"Topic":[]}}"#,
        r#"{\"Cover\":1}"#,
        "<title ",
        "</title>",
        "&lt;title&gt;&lt;/title&gt;",
        "\\u003ctitle\\u003e",
        "window.code=200; window.synccheck={retcode:\"0\"}",
        "?ticket=1&scan=2",
        "Expires=Thu, 01-Jan-2026 00:00:00 GMT; Max-Age=1; Secure",
        "@all",
        // Cookies are named by values in a snapshot.
        r#"{"name":"webwxuvid"},{"name":"webwx_auth_ticket"}"#,
    ] {
        assert_eq!(veil.text(same), same);
    }
    for (text, word) in [
        ("under Cover of the night", "Cover"),
        ("Max, May and Jan", "Max"),
        ("Max, May and Jan", "May"),
        ("Max, May and Jan", "Jan"),
        ("a nice title", "title"),
    ] {
        assert!(!veil.text(text).contains(word), "{word}");
    }
}

#[test]
fn what_there_is_no_room_for_is_replaced_all_the_same() {
    let mut veil = Veil::new();
    veil.room = 400;
    let known = veil.text("Wilhelmina");
    veil.text("Zebulon Philomena Secretariat");
    assert!(
        veil.size <= veil.room && veil.words.len() == 2,
        "{}",
        veil.size
    );
    assert_eq!(veil.text("Wilhelmina"), known);
    let other = veil.text("Marrakesh");
    assert!(other.len() == 9 && other != "Marrakesh");
}

#[test]
fn a_hostile_text_takes_no_time_and_no_stack() {
    let mut veil = Veil::new();
    for part in [
        "你被",
        "微",
        "%25",
        "\\\\u005c",
        "#",
        "&amp;",
        "\\ud842",
        "title\"",
        "aZ ",
        "1 ",
        "1%2D",
        "1%2D%2D%2D%2D",
        "1&amp;#45;",
        "%2525",
        "%26%2365",
        "\\101",
        "\\u0026\\u0023",
        "x=\"1",
    ] {
        let text = part.repeat(20_000);
        assert_eq!(veil.text(&text).len(), text.len());
    }
}
