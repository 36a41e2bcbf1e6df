use proptest::prelude::*;

use super::*;
use crate::endpoint::{
    HostRole,
    raw::{self, Call, Invalid, MAX_TARGET},
};

pub(super) fn call<'a>(method: Method, path: &'a str, json: Option<&'a str>) -> Call<'a> {
    Call {
        method,
        host: HostRole::Main,
        path,
        query: &[],
        json,
    }
}

fn make(call: &Call<'_>) -> Result<Draft, Invalid> {
    raw::request(&cx(0, 0), &credentials(), call)
}

fn post(json: &str) -> Result<Draft, Invalid> {
    make(&call(Method::POST, "webwxsendfeedback", Some(json)))
}

#[test]
fn a_call_of_the_callers_own() {
    is_json(
        &post(r#"{"MachineType":"webwx","Content":"好","ReportType":0}"#).unwrap(),
        Endpoint::Raw,
        &bin(&format!("webwxsendfeedback?{TICKET}")),
        &format!(r#"{{{BASE},"MachineType":"webwx","Content":"好","ReportType":0}}"#),
    );
    let query = [
        ("fun".to_owned(), "preview".to_owned()),
        ("a&b=".to_owned(), "@c d\r\nX: y#".to_owned()),
    ];
    let preview = Call {
        host: HostRole::File,
        query: &query,
        ..call(Method::GET, "webwxpreview", None)
    };
    let draft = make(&preview).unwrap();
    is_get(
        &draft,
        Endpoint::Raw,
        &bin("webwxpreview?fun=preview&a%26b%3D=%40c%20d%0D%0AX%3A%20y%23"),
    );
    assert_eq!(draft.host, HostRole::File);
    is_get(
        &make(&call(Method::GET, "/a/b.html", None)).unwrap(),
        Endpoint::Raw,
        "/a/b.html",
    );
    is_get(
        &make(&call(Method::GET, "/", None)).unwrap(),
        Endpoint::Raw,
        "/",
    );
    let empty = make(&call(Method::POST, "x", None)).unwrap();
    assert_eq!((empty.method, empty.body.len()), (Method::POST, 0));
}

#[test]
fn the_object_stays_as_it_was_written() {
    for (json, rest) in [
        ("{}", "}"),
        (" {\n}\n", "\n}\n"),
        (
            "{ \"b\" : 1.50, \"a\": 12345678901234567890123 }",
            ", \"b\" : 1.50, \"a\": 12345678901234567890123 }",
        ),
        (
            "\n{\"x\":{\"BaseRequest\":1}}",
            ",\"x\":{\"BaseRequest\":1}}",
        ),
        ("{\"x\":\"}{\\\"\"}", ",\"x\":\"}{\\\"\"}"),
    ] {
        let draft = post(json).unwrap();
        assert_eq!(
            std::str::from_utf8(&draft.body).unwrap(),
            format!("{{{BASE}{rest}"),
            "{json}"
        );
    }
    for own in [
        r#"{"BaseRequest":{"Uin":0},"a":1}"#,
        r#"{"a":1,"BaseRequest":{}}"#,
        r#"{"Base\u0052equest":{}}"#,
    ] {
        assert_eq!(post(own).unwrap().body, own);
    }
    let query = [("pass_ticket".to_owned(), "mine".to_owned())];
    let own_ticket = Call {
        query: &query,
        ..call(Method::POST, "x", Some("{}"))
    };
    assert_eq!(make(&own_ticket).unwrap().target, bin("x?pass_ticket=mine"));
}

#[test]
fn what_is_no_object_is_refused() {
    for json in [
        "",
        "[]",
        "1",
        "null",
        "\"{}\"",
        "{",
        "{}}",
        "{} {}",
        "{\"a\"}",
        "{a:1}",
        "{\"a\":1,}",
    ] {
        assert_eq!(post(json).unwrap_err(), Invalid::Body, "{json}");
    }
    let get = call(Method::GET, "x", Some("{}"));
    assert_eq!(make(&get).unwrap_err(), Invalid::Body);
    for method in [Method::CONNECT, Method::PUT, Method::OPTIONS] {
        let other = call(method, "x", None);
        assert_eq!(make(&other).unwrap_err(), Invalid::Method);
    }
}

#[test]
fn a_path_leads_nowhere_else() {
    for path in [
        "",
        "//evil.example/x",
        "/a//b",
        "a//b",
        "../x",
        "a/../../x",
        "/..",
        "/.",
        "./x",
        "/%2e%2E/x",
        "/.%2e",
        "/a%2fb",
        "/a%5Cb",
        "/a\\b",
        "/a?b=c",
        "/a#b",
        "/a b",
        "/a\r\nX: y",
        "/a%0d%0aX",
        "/a%00",
        "/安",
        "/a\u{7f}",
        "/\"",
        "/<",
    ] {
        let there = call(Method::GET, path, None);
        assert_eq!(make(&there).unwrap_err(), Invalid::Path, "{path:?}");
    }
    // Still below the folder, and still on the host.
    for (path, target) in [
        ("@evil.example", "/cgi-bin/mmwebwx-bin/@evil.example"),
        (":80/x", "/cgi-bin/mmwebwx-bin/:80/x"),
        ("https:/x", "/cgi-bin/mmwebwx-bin/https:/x"),
        ("/@evil.example", "/@evil.example"),
        ("/...", "/..."),
        ("/a%20b/", "/a%20b/"),
    ] {
        assert_eq!(make(&call(Method::GET, path, None)).unwrap().target, target);
    }
}

#[test]
fn a_call_of_any_length_makes_a_request_or_none() {
    for len in [MAX_TARGET - 1, MAX_TARGET, 70_000] {
        let path = format!("/{}", "a".repeat(len));
        let value = [("a".to_owned(), "&".repeat(len / 3))];
        let long_query = Call {
            query: &value,
            ..call(Method::GET, "/", None)
        };
        for long in [call(Method::GET, &path, None), long_query] {
            match make(&long) {
                Ok(draft) => assert!(draft.target.len() <= MAX_TARGET),
                Err(error) => assert_eq!(error, Invalid::TooLong),
            }
        }
    }
    let longest = format!("/{}", "a".repeat(MAX_TARGET - 1));
    assert!(make(&call(Method::GET, &longest, None)).is_ok());
}

proptest! {
    #[test]
    fn whatever_is_asked_goes_to_the_host_as_one_request(
        path in any::<String>(),
        tail in "[a-z%./\\\\?#@:\r\n]{0,12}",
        query in prop::collection::vec((any::<String>(), any::<String>()), 0..3),
    ) {
        for path in [path.as_str(), &tail, &format!("/{tail}")] {
            let any = Call { query: &query, ..call(Method::GET, path, None) };
            let Ok(draft) = make(&any) else { continue };
            let uri = Hosts::Real.rewrite("wx2.qq.com", &draft.target).unwrap();
            prop_assert_eq!(uri.authority().unwrap(), "wx2.qq.com");
            prop_assert_eq!(uri.path_and_query().unwrap(), draft.target.as_str());
            prop_assert!(draft.target.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
}
