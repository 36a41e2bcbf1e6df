use proptest::prelude::*;

use super::*;

fn script(text: &str) -> Script<'_> {
    Script::parse(text).unwrap()
}

#[test]
fn all_forms_in_use_are_read() {
    for text in [
        r#"window.QRLogin.code = 200; window.QRLogin.uuid = "Qb==";"#,
        r#"window.QRLogin.code=200;window.QRLogin.uuid="Qb==""#,
        "\r\n QRLogin.code\t=\n'200' ;;\nWindow.QRLogin.uuid='Qb=='\n",
        "var x = 1; window.f(\"a;b\");\nwindow.QRLogin.code=\"200\"\nwindow.QRLogin.uuid = \"Qb==\"",
        "window.QRLogin.code=400;window.QRLogin.code=200;window.QRLogin.uuid='Qb=='",
    ] {
        let script = script(text);
        assert_eq!(script.scalar("QRLogin.code"), Some("200"), "{text}");
        assert_eq!(script.scalar("QRLogin.uuid"), Some("Qb=="), "{text}");
    }
    assert_eq!(script("window.code=-1;").scalar("code"), Some("-1"));
    assert_eq!(script("window.a='x\"y';").scalar("a"), Some("x\"y"));
    assert_eq!(script("window.a='';").scalar("a"), Some(""));
}

#[test]
fn objects_are_read_in_any_form() {
    for text in [
        r#"window.synccheck={retcode:"0",selector:"2"}"#,
        r#"window.synccheck={selector:'2',retcode:0};"#,
        "window.synccheck = {\n \"retcode\" : 0 ,\n 'selector' : \"2\" , }\n",
    ] {
        let script = script(text);
        assert_eq!(script.member("synccheck", "retcode"), Some("0"), "{text}");
        assert_eq!(script.member("synccheck", "selector"), Some("2"), "{text}");
        assert_eq!(script.member("synccheck", "other"), None);
        assert_eq!(script.scalar("synccheck"), None);
    }
}

#[test]
fn long_strings_are_not_copied() {
    let text = format!(
        "window.userAvatar = 'data:img/jpg;base64,{}';",
        "A".repeat(30_000)
    );
    let avatar = script(&text).scalar("userAvatar").unwrap();
    assert_eq!(avatar.len(), 30_020);
    assert!(text.as_bytes().as_ptr_range().contains(&avatar.as_ptr()));
}

#[test]
fn what_assigns_nothing_is_refused() {
    let defect = |text: &str| Script::parse(text).unwrap_err().defect;
    assert_eq!(defect(""), Defect::Empty);
    assert_eq!(defect(" \n"), Defect::Empty);
    assert_eq!(
        defect("<html><script>window.code=200;</script></html>"),
        Defect::Html
    );
    assert_eq!(
        defect("\n<html><script>var a=1;window.code=200;</script>"),
        Defect::Html
    );
    assert_eq!(defect("hello"), Defect::Syntax);
    assert_eq!(defect("{\"code\":200}"), Defect::Syntax);
    assert_eq!(defect("window.a={b:{c:1}}"), Defect::Syntax);
    assert_eq!(defect("window.code=200abc"), Defect::Syntax);
    assert_eq!(defect("window.code=1 2"), Defect::Syntax);
    // A reply that was cut says nothing, even if its first statement is whole.
    assert_eq!(
        defect("window.code=200;\nwindow.redirect_uri=\"https://wx"),
        Defect::Truncated
    );
    assert_eq!(defect("window.a='x\ny';window.b='"), Defect::Truncated);
    assert_eq!(defect(&"a=1;".repeat(100)), Defect::Syntax);
}

fn path() -> impl Strategy<Value = String> {
    "[A-Za-z_][A-Za-z0-9_]{0,6}(\\.[a-z]{1,5})?".prop_filter("the prefix is optional", |path| {
        !path.starts_with("window") && !path.starts_with("Window")
    })
}

fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("no quotes, one line", |text| {
        !text.contains(['"', '\'', '\n', '\r'])
    })
}

proptest! {
    #[test]
    fn what_the_grammar_allows_is_read_back(
        statements in prop::collection::btree_map(path(), (text(), 0..6_u8, "[ \t\n]{0,2}"), 1..6),
        pairs in prop::collection::btree_map("[a-z]{1,5}", -9999..9999_i32, 1..4),
    ) {
        let mut reply = String::new();
        for (path, (text, form, blank)) in &statements {
            let quote = if form % 2 == 0 { '"' } else { '\'' };
            let window = if *form < 3 { "window." } else { "" };
            reply += &format!("{blank}{window}{path}{blank}={blank}{quote}{text}{quote};");
        }
        let object: Vec<_> = pairs.iter().map(|(name, number)| format!("{name} : {number}")).collect();
        reply += &format!("object={{{}}}", object.join(" , "));

        let script = Script::parse(&reply).unwrap();
        for (path, (text, ..)) in &statements {
            prop_assert_eq!(script.scalar(path), Some(text.as_str()));
        }
        for (name, number) in &pairs {
            let number = number.to_string();
            prop_assert_eq!(script.member("object", name), Some(number.as_str()));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), scriptish in "[windo.c={}:,;\"'0-9\n -]{0,60}") {
        let _ = Script::parse(&text);
        let _ = Script::parse(&scriptish);
    }
}
