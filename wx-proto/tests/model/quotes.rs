use proptest::prelude::*;
use wx_proto::{Body, Content, endpoint::message::MessageRecord, message::Text};

const ROW: &str = "- - - - - - - - - - - - - - -";

fn text(said: &str) -> Text {
    let mut record = MessageRecord::default();
    record.msg_type = 1;
    record.content = said.to_owned();
    let Body::Text(text) = Content::read(&record).body else {
        panic!("not a text");
    };
    text
}

fn parts(said: &str) -> Option<(String, String, String)> {
    let text = text(said);
    let quoted = text.quoted()?;
    Some((
        quoted.name.to_owned(),
        quoted.text.to_owned(),
        quoted.answer.to_owned(),
    ))
}

#[test]
fn quote_and_answer_are_told_apart() {
    for (said, name, quote, answer) in [
        (
            format!("「阿禾：明天几点？」<br/>{ROW}<br/>八点"),
            "阿禾",
            "明天几点？",
            "八点",
        ),
        (
            format!("\"Bob: when?\"<br/>{ROW}<br/>at<br/>8"),
            "Bob",
            "when?",
            "at\n8",
        ),
        (
            format!("「Bob: 一<br/>二」<br/>{ROW}<br/>"),
            "Bob",
            "一\n二",
            "",
        ),
        (
            format!("「阿禾：「竹：x」<br/>{ROW}<br/>y」<br/>{ROW}<br/>z"),
            "阿禾",
            &*format!("「竹：x」\n{ROW}\ny"),
            "z",
        ),
        (
            format!("「阿禾：x」<br/>------<br/>「我」<br/>{ROW}<br/>z"),
            "阿禾",
            "x",
            &*format!("「我」\n{ROW}\nz"),
        ),
    ] {
        let parts = parts(&said).unwrap();
        let parts = (parts.0.as_str(), parts.1.as_str(), parts.2.as_str());
        assert_eq!(parts, (name, quote, answer), "{said}");
    }
}

#[test]
fn other_texts_quote_nothing() {
    for said in [
        "八点".to_owned(),
        format!("一<br/>{ROW}<br/>二"),
        format!("「阿禾」<br/>{ROW}<br/>二"),
        format!("「阿禾：明天」 {ROW} 二"),
        "「阿禾：明天」<br/>- -<br/>二".to_owned(),
        format!("「阿禾：明天」<br/>{ROW}"),
        format!("「阿禾：明天<br/>{ROW}<br/>二"),
    ] {
        assert_eq!(parts(&said), None, "{said}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_it(said in "[「」：:\"a\n -]{0,80}") {
        let text = text(&said);
        if let Some(quoted) = text.quoted() {
            prop_assert!(text.text.contains(quoted.answer) && text.text.contains(quoted.text));
        }
    }
}
