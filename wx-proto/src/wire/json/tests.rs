use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Thing {
    #[serde(deserialize_with = "text")]
    name: String,
    #[serde(deserialize_with = "some_text")]
    remark: Option<String>,
    #[serde(deserialize_with = "int")]
    flag: i64,
    #[serde(deserialize_with = "some_int")]
    sex: Option<i64>,
    #[serde(deserialize_with = "uint")]
    id: u64,
    #[serde(deserialize_with = "record")]
    info: Part,
    #[serde(deserialize_with = "some_list")]
    parts: Option<Vec<Part>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Part {
    #[serde(deserialize_with = "text")]
    name: String,
}

fn thing(raw: &str) -> Thing {
    read(raw).unwrap()
}

#[test]
fn members_of_the_wrong_type_cost_themselves() {
    assert_eq!(
        thing(r#"{"Name":12,"Remark":7,"Flag":"34819","Sex":"2"}"#),
        Thing {
            name: "12".into(),
            remark: Some("7".into()),
            flag: 34819,
            sex: Some(2),
            ..Thing::default()
        }
    );
    let wrong = r#"{"Name":{"a":[1]},"Remark":["x"],"Flag":{},"Sex":"","Id":[],"Info":[{}],"Parts":{"a":1}}"#;
    assert_eq!(thing(wrong), Thing::default());
    let null =
        r#"{"Name":null,"Remark":null,"Flag":null,"Sex":null,"Id":null,"Info":null,"Parts":null}"#;
    assert_eq!(thing(null), Thing::default());
    // Empty is a value for a text, and nothing for a number.
    let empty = thing(r#"{"Name":"","Remark":"","Flag":"","Sex":""}"#);
    assert_eq!(empty.remark.as_deref(), Some(""));
    assert_eq!(empty.sex, None);
    let flags = thing(r#"{"Name":true,"Flag":true,"Sex":false}"#);
    assert_eq!(
        (flags.name.as_str(), flags.flag, flags.sex),
        ("", 1, Some(0))
    );
}

#[test]
fn bad_items_of_inner_lists_are_left_out() {
    let parts = thing(r#"{"Parts":[{"Name":"a"},7,null,["x"],"y",{"Name":8},{}]}"#)
        .parts
        .unwrap();
    let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["a", "8", ""]);
    assert_eq!(thing(r#"{"Parts":[]}"#).parts, Some(vec![]));
}

#[test]
fn numbers_are_exact_or_absent() {
    let id = |raw: &str| thing(&format!(r#"{{"Id":{raw},"Name":{raw},"Flag":{raw}}}"#));
    // 63 and 64 bits, of which a double would lose the last digits.
    let big = id("6812034415098763345");
    assert_eq!(
        (big.id, big.flag),
        (6_812_034_415_098_763_345, 6_812_034_415_098_763_345)
    );
    assert_eq!(big.name, "6812034415098763345");
    let huge = id("18446744073709551615");
    assert_eq!(
        (huge.id, huge.flag, huge.name.as_str()),
        (u64::MAX, 0, "18446744073709551615")
    );
    assert_eq!(id(r#""18446744073709551615""#).id, u64::MAX);
    // Written as decimals.
    let decimal = id("1672531211.0");
    assert_eq!(
        (decimal.id, decimal.flag, decimal.name.as_str()),
        (1_672_531_211, 1_672_531_211, "1672531211")
    );
    assert_eq!((id("-1.9").flag, id("-1.9").id), (-1, 0));
    assert_eq!(id("2e3").flag, 2000);
    // What no type here can hold.
    for raw in [
        "99999999999999999999",
        "6.8e18",
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "0x1f",
        "1.2.3",
        "-",
    ] {
        let odd = id(raw);
        assert_eq!((odd.id, odd.flag, odd.name.as_str()), (0, 0, ""), "{raw}");
    }
}

#[test]
fn strings_are_repaired() {
    let name = |inner: &str| thing(&format!(r#"{{"Name":"{inner}","Flag":1}}"#)).name;
    assert_eq!(name("a\u{1}b\nc\td\u{7f}"), "a\u{1}b\nc\td\u{7f}");
    assert_eq!(name(r"\ud83d\ude04"), "\u{1F604}");
    assert_eq!(name(r"x\ud83dy"), "x\u{FFFD}y");
    assert_eq!(name(r"\ude04\ud83d"), "\u{FFFD}\u{FFFD}");
    assert_eq!(name(r"\ud83d\u0041"), "\u{FFFD}A");
    assert_eq!(name(r"\ud83d\ud83d\ude04"), "\u{FFFD}\u{1F604}");
    assert_eq!(name(r"C:\windows\x\u12"), r"C:\windows\x\u12");
    assert_eq!(name(r"\安"), r"\安");
    assert_eq!(name("\u{1}\\\\\\\"\\/\\n"), "\u{1}\\\"/\n");
    assert_eq!(name(r"\uzz41\u+041"), r"\uzz41\u+041");
}

#[test]
fn structure_is_repaired() {
    assert_eq!(
        thing(r#"{"Name":"a","Name":"b","Flag":1,"Flag":2}"#).name,
        "b"
    );
    assert_eq!(
        thing(r#"{"Name":"a","Parts":[{"Name":"x"},],}"#)
            .parts
            .unwrap()
            .len(),
        1
    );
    assert_eq!(thing(r#"{"Name":,"Flag":3,"Sex":undefined}"#).flag, 3);
    // One member of the list is beyond repair: it goes, the other ones stay.
    let parts = thing(r#"{"Parts":[{"Name":"a"},{"Name":"b" "c"},{"Name":"d"}],"Flag":NaN}"#).parts;
    assert_eq!(parts.unwrap().len(), 2);
    // No object at all.
    for raw in [
        "",
        "[]",
        "7",
        "null",
        r#""x""#,
        "{",
        r#"{"a":"b"c"}"#,
        r#"{"a"}"#,
        "{a:1}",
        r#"["a",1,2]"#,
    ] {
        assert!(read::<Thing>(raw).is_err(), "{raw}");
    }
}

fn names(text: &str) -> Vec<String> {
    let reply = Document::parse(text).unwrap();
    let read = |raw| read::<Thing>(raw).map_or("?".to_owned(), |thing| thing.name);
    reply.items("List").map(read).collect()
}

#[test]
fn whole_replies_are_cut_into_pieces() {
    let text = "\n{\n\"Base\": {\"Ret\": -1}\n,\n\"List\": [{\n\"Name\": \"a\"\n}\n,{\n\"Name\": \"b]},{\"\n}\n]\n,\"Last\":\"x\"}\n\0";
    let reply = Document::parse(text).unwrap();
    assert_eq!(names(text), ["a", "b]},{"]);
    assert_eq!(reply.raw("Base"), Some(r#"{"Ret": -1}"#));
    assert_eq!(reply.text("Last"), "x");
    assert_eq!(reply.raw("Nothing"), None);
    assert_eq!(reply.items("Base").count(), 0);
    assert_eq!(Document::parse(r#"{"A":1,"A":2}"#).unwrap().int("A"), 2);
    // Any order, any layout, a comma too many.
    assert_eq!(
        names(r#"{"Seq":"3","List":[{"Name":"a"},{"Name":"b"},],}"#),
        ["a", "b"]
    );
}

#[test]
fn a_broken_item_costs_itself() {
    let list =
        |middle: &str| format!(r#"{{"List":[{{"Name":"a"}},{middle},{{"Name":"c"}}],"Seq":0}}"#);
    for middle in [
        r#"{"Name":"x"y"z"}"#,
        "7",
        "null",
        "[1,2]",
        r#"{"Name" "b"}"#,
        r#"{"Name":"b"]}"#,
        r#""b""#,
        "{]}",
    ] {
        assert_eq!(names(&list(middle)), ["a", "?", "c"], "{middle}");
    }
}

#[test]
fn an_item_with_a_stray_quote_costs_itself() {
    let list = |middle: &str| {
        format!("{{\"List\":[{{\"Name\":\"a\"}}\n,{middle}\n,{{\"Name\":\"c\"}}],\"Seq\":\"9\"}}")
    };
    for middle in [
        r#"{"Name":"x"y"}"#,
        r#"{"Name":"x\\"y"}"#,
        r#"{"Name":"x"}y","Flag":1}"#,
        // Its own list has items that look like those of the outer one.
        r#"{"Name":"x"y","Parts":[{"Name":"p"},{"Name":"q"},{"Name":"r"}],"Flag":1}"#,
        r#"{"Parts":[{"Name":"p"},{"Name":"q"x"},{"Name":"r"}],"Flag":1}"#,
    ] {
        let text = list(middle);
        assert_eq!(names(&text), ["a", "?", "c"], "{middle}");
        assert_eq!(Document::parse(&text).unwrap().int("Seq"), 9, "{middle}");
    }
    // Later ones have escaped quotes, which turn the reading right again, though too late.
    let text =
        r#"{"List":[{"Name":"x"y"},{"Name":"b"},{"Name":"c","Remark":"\"a\""},{"Name":"d"}]}"#;
    assert_eq!(names(text), ["?", "b", "c", "d"]);
    // As the first item, and as the last one.
    assert_eq!(
        names(r#"{"List":[{"Name":"x"y"},{"Name":"b"}]}"#),
        ["?", "b"]
    );
    assert_eq!(
        names(r#"{"List":[{"Name":"a"},{"Name":"x"y"}],"Seq":1}"#),
        ["a", "?"]
    );
    // Two of them cost themselves and may cost what lies between, but bring nothing new.
    let two =
        names(r#"{"List":[{"Name":"a"},{"Name":"x"y"},{"Name":"b"},{"Name":"x"y"},{"Name":"c"}]}"#);
    assert_eq!(
        (two.first().unwrap(), two.last().unwrap()),
        (&"a".to_owned(), &"c".to_owned())
    );
    assert!(
        two.iter()
            .all(|name| ["a", "b", "c", "?"].contains(&name.as_str()))
    );
}

#[test]
fn many_torn_items_cost_themselves() {
    // A service that forgets to escape quotes forgets it in every message.
    let items: Vec<_> = (0..200)
        .map(|i| format!(r#"{{"Name":"a "{i}" b","Info":{{"Name":""}}}},{{"Name":"{i}"}}"#))
        .collect();
    let found = names(&format!(r#"{{"List":[{}],"Seq":0}}"#, items.join("\n,")));
    assert_eq!(found.len(), 400);
    assert_eq!(found.iter().filter(|name| *name == "?").count(), 200);
}

#[test]
fn a_cut_reply_is_refused_also_where_what_is_left_looks_like_an_end() {
    let whole = r#"{"Ret":0,"List":[{"Name":"a"},{"Name":"b","Sub":{"Parts":[{"Name":"]}}"},{}]}}],"Seq":1}"#;
    assert_eq!(names(whole), ["a", "b"]);
    for end in 0..whole.len() {
        for padding in ["", "\0\0", "\r\n"] {
            let cut = format!("{}{padding}", &whole[..end]);
            assert!(Document::parse(&cut).is_err(), "{cut}");
        }
    }
}

#[test]
fn what_is_no_whole_object_is_refused() {
    let defect = |text: &str| Document::parse(text).unwrap_err().defect;
    assert_eq!(defect(""), Defect::Empty);
    assert_eq!(defect(" \r\n"), Defect::Empty);
    assert_eq!(defect("<html>"), Defect::Html);
    assert_eq!(defect("\n<!DOCTYPE html>"), Defect::Html);
    assert_eq!(defect("[]"), Defect::Syntax);
    assert_eq!(defect("hello"), Defect::Syntax);
    assert_eq!(defect(r#"{"A":1"#), Defect::Truncated);
    assert_eq!(defect(r#"{"A":1}}"#), Defect::Syntax);
    assert_eq!(defect(r#"{"A":1}<html>"#), Defect::Syntax);
    assert_eq!(defect(r#"{"A" 1}"#), Defect::Syntax);
    assert_eq!(defect(r#"{"A":[1 2]}"#), Defect::Syntax);
}

#[test]
fn depth_and_numbers_of_pieces_are_bounded() {
    let nested = |levels: usize| format!(r#"{{"A":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert!(Document::parse(&nested(60)).is_ok());
    for text in [
        nested(80),
        format!(r#"{{"A":{}"#, "[".repeat(1_000_000)),
        format!(r#"{{"A":{}"#, r#"{"a":"#.repeat(1_000_000)),
    ] {
        assert_eq!(Document::parse(&text).unwrap_err().defect, Defect::TooDeep);
    }
    let items = format!(r#"{{"A":[{}]}}"#, "0,".repeat(200_000));
    assert_eq!(Document::parse(&items).unwrap_err().defect, Defect::Syntax);
    // Of all lists together.
    let list = format!("[{}]", "0,".repeat(60_000));
    let lists = format!(r#"{{"A":{list},"B":{list}}}"#);
    assert_eq!(Document::parse(&lists).unwrap_err().defect, Defect::Syntax);
    let members = format!("{{{}}}", r#""A":0,"#.repeat(2_000));
    assert_eq!(
        Document::parse(&members).unwrap_err().defect,
        Defect::Syntax
    );
    let inner = thing(&format!(r#"{{"Parts":[{}]}}"#, "{},".repeat(20_000)));
    assert_eq!(inner.parts.unwrap().len(), 10_000);
}

/// Every level of what is broken is read once more for each level around it.
#[test]
fn what_is_broken_is_repaired_so_many_levels_deep_and_no_deeper() {
    let around = |levels: usize, inside: &str| {
        let (open, close) = (r#"{"a":"#.repeat(levels), "}".repeat(levels));
        format!("{open}{inside}{close}")
    };
    let repaired = |levels| repair::rewrite(&around(levels, r#""\x""#)).unwrap();
    assert_eq!(repaired(8), around(8, r#""\\x""#));
    assert_eq!(repaired(9), around(8, "null"));
    assert_eq!(repaired(60), around(8, "null"));
}

#[test]
fn the_search_for_the_end_of_torn_items_is_bounded() {
    // Every item is torn and every brace a candidate: without a bound this would take hours.
    for text in [
        format!(r#"{{"A":[{}"#, r#"{"a" 1},"#.repeat(30_000)),
        format!(r#"{{"A":[{{"b":"{}"#, r#""},{"a" 1},"#.repeat(30_000)),
    ] {
        assert!(Document::parse(&text).is_err());
    }
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<i32>().prop_map(|number| (f64::from(number) / 8.0).into()),
        any::<String>().prop_map(Into::into),
        "[{}\\[\\],:\"\\\\a]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An item as the service has them: flat but for one list.
fn item() -> impl Strategy<Value = String> {
    (any::<String>(), any::<String>(), 0..3_usize).prop_map(|(name, other, parts)| {
        let parts: Vec<_> = (0..parts)
            .map(|_| serde_json::json!({"Name": other}))
            .collect();
        serde_json::json!({"Name": name, "Remark": other, "Parts": parts}).to_string()
    })
}

proptest! {
    #[test]
    fn any_object_is_cut_where_a_strict_parser_cuts_it(members in prop::collection::btree_map("[a-z]{1,4}", value(), 0..5)) {
        let object = serde_json::Value::Object(members.clone().into_iter().collect());
        for text in [object.to_string(), format!("{object:#}")] {
            let reply = Document::parse(&text).unwrap();
            for (name, value) in &members {
                let raw = reply.raw(name).unwrap();
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(raw).unwrap(), value);
                let items: Vec<serde_json::Value> =
                    reply.items(name).map(|raw| serde_json::from_str(raw).unwrap()).collect();
                prop_assert_eq!(items, value.as_array().cloned().unwrap_or_default());
            }
        }
    }

    #[test]
    fn one_corrupted_item_loses_only_itself(
        items in prop::collection::vec(item(), 1..6),
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        stray in prop_oneof![Just('"'), Just('\u{1}'), Just('\\'), Just('x'), Just(',')],
    ) {
        let which = which.index(items.len());
        let mut torn = items.clone();
        let places: Vec<_> = items[which].char_indices().map(|(at, _)| at).skip(1).collect();
        torn[which].insert(places[at.index(places.len())], stray);

        let text = format!(r#"{{"Base":{{"Ret":0}},"List":[{}],"Seq":7}}"#, torn.join("\n,"));
        let reply = Document::parse(&text).unwrap();
        let good = |raw: &str| read::<Thing>(raw).ok();
        let found: Vec<_> = reply.items("List").filter_map(good).collect();
        let whole: Vec<_> = items.iter().filter_map(|raw| good(raw)).collect();
        prop_assert_eq!(reply.int("Seq"), 7);
        // All others are there, in order; of the torn one there may be what is left of it.
        prop_assert!(found.len() == whole.len() || found.len() + 1 == whole.len());
        prop_assert_eq!(&found[..which], &whole[..which]);
        let behind = whole.len() - which - 1;
        prop_assert_eq!(&found[found.len() - behind..], &whole[which + 1..]);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), jsonish in "[{}\\[\\],:\"\\\\ua0-9A \n.-]{0,60}") {
        for text in [&text, &jsonish] {
            let _ = Document::parse(text);
            let _ = Document::parse(&format!("{{\"List\":[{text}],\"a\":1}}"));
            let _ = read::<Thing>(text);
            let _ = read::<Thing>(&format!("{{\"Name\":\"{text}\"}}"));
            if let Some(repaired) = repair::rewrite(text) {
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&repaired).is_ok(), "{}", repaired);
            }
        }
    }
}
