use proptest::prelude::*;
use wx_proto::message::safe_name;

#[test]
fn a_name_is_one_name_and_no_path() {
    for (name, safe) in [
        ("报告.pdf", "报告.pdf"),
        ("a b (1).tar.gz", "a b (1).tar.gz"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\\y.exe", "C__x_y.exe"),
        ("/abs", "_abs"),
        ("a<b>|c?*\".txt", "a_b__c___.txt"),
        (".bashrc", "bashrc"),
        ("...", "file"),
        ("a. . .", "a"),
        (" a ", "a"),
        ("", "file"),
        ("\u{0}\u{1b}[31m\r\n", "[31m"),
        // Shown as “exe.fdp” without this.
        ("a\u{202e}fdp.exe", "afdp.exe"),
        ("\u{2066}a\u{2069}\u{feff}\u{200b}.txt", "a.txt"),
        ("👨\u{200d}👩.png", "👨\u{200d}👩.png"),
        ("a\u{3000}b\u{a0}c", "a b c"),
    ] {
        assert_eq!(safe_name(name), safe, "{name:?}");
    }
}

#[test]
fn devices_are_no_files() {
    for (name, safe) in [
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Com1.tar.gz", "_Com1.tar.gz"),
        ("lpt¹", "_lpt¹"),
        ("aux .x", "_aux .x"),
        ("console", "console"),
        ("com10", "com10"),
        ("com", "com"),
    ] {
        assert_eq!(safe_name(name), safe);
    }
}

#[test]
fn a_long_name_keeps_its_end() {
    let name = safe_name(&format!("{}.pdf", "长".repeat(200)));
    assert!(name.len() <= 255 && name.len() > 250, "{}", name.len());
    assert!(
        name.starts_with("长长") && name.ends_with("长.pdf"),
        "{name}"
    );
    // What is too long for an end is none.
    let name = safe_name(&format!("a.{}", "b".repeat(300)));
    assert_eq!(name.len(), 255);
    // A device stays within the limit.
    assert_eq!(
        safe_name(&format!("con.{}.pdf", "x".repeat(300))).len(),
        255
    );
}

proptest! {
    #[test]
    fn any_name_can_be_saved(name in prop_oneof![
        any::<String>(),
        "[a./\\\\: \u{202e}\u{0}长con]{0,300}",
        "(con|nul|aux|com1)[. ]{0,3}[a-z]{0,300}",
    ]) {
        let safe = safe_name(&name);
        prop_assert!(!safe.is_empty() && safe.len() <= 255);
        prop_assert!(!safe.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']));
        let turns = |c: char| matches!(u32::from(c), 0x202a..=0x202e | 0x2066..=0x2069);
        prop_assert!(!safe.contains(|c: char| c.is_control() || turns(c)));
        prop_assert!(!safe.starts_with(['.', ' ']) && !safe.ends_with(['.', ' ']));
        prop_assert_eq!(&safe_name(&safe), &safe);
    }
}
