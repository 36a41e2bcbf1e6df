//! Snapshots that were written by earlier versions, and in each form there is: they load, say the
//! same when they are written again, and lead where they led.
//!
//! A file in `testdata/snapshots` is never changed. A new form gets a new one.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use common::{
    bench::{Bench, init},
    *,
};
use serde_json::Value;
use wx_proto::{
    Attachment, Browser, EventKind, Now, Phase, SendFile, SendText, Snapshot, SnapshotError, Stamp,
    Submission,
};

/// A session as it was before there was anything but sessions in snapshots.
const FIRST: &[u8] = include_bytes!("../testdata/snapshots/v1.json");

/// A session that is polled at the main host of its family.
const MAIN_HOST: &[u8] = include_bytes!("../testdata/snapshots/v1_main_host.json");

/// What is left when the session is over.
const NO_SESSION: &[u8] = include_bytes!("../testdata/snapshots/v1_no_session.json");

/// Among the messages that were seen, a friend request, under its ticket, and one that could not be
/// read.
const TICKET: &[u8] = include_bytes!("../testdata/snapshots/v1_friend_request.json");

/// The same in version 2, with a digest in place of the ticket; and it was the desktop client.
const SECOND_VERSION: &[u8] = include_bytes!("../testdata/snapshots/v2.json");

/// Which of them are as they would be written today.
const CURRENT: [&[u8]; 1] = [SECOND_VERSION];

fn resume(bytes: &[u8]) -> Bench {
    Bench::resume(config(), Snapshot::decode(bytes).unwrap())
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn every_file_is_read_and_written_again_in_the_form_of_today() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/snapshots");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let all = [FIRST, MAIN_HOST, NO_SESSION, TICKET, SECOND_VERSION];
        let known = all.contains(&bytes.as_slice());
        assert!(known, "{path:?} is not among those that are resumed here");
        let again = Snapshot::decode(&bytes).unwrap().encode();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // Readable, member by member: what a review of a new form looks at.
        insta::assert_snapshot!(name, format!("{:#}", json(&again)));
        if CURRENT.contains(&bytes.as_slice()) {
            assert_eq!(String::from_utf8(again), String::from_utf8(bytes));
        } else {
            let once_more = Snapshot::decode(&again).unwrap().encode();
            assert_eq!(String::from_utf8(once_more), String::from_utf8(again));
        }
        files += 1;
    }
    assert_eq!(files, 5);
}

#[test]
fn a_file_of_version_1_becomes_one_of_version_2_without_its_tickets() {
    let again = Snapshot::decode(TICKET).unwrap().encode();
    assert!(
        !String::from_utf8(again.clone())
            .unwrap()
            .contains("ticket0001")
    );
    let mut expected = json(SECOND_VERSION);
    // Version 1 does not say it.
    expected.as_object_mut().unwrap().remove("desktop");
    assert_eq!(json(&again), expected);
}

#[test]
fn a_friend_request_that_was_dealt_with_does_not_come_again_from_either_version() {
    for bytes in [TICKET, SECOND_VERSION] {
        let mut bench = resume(bytes);
        bench.open();
        bench.run_for(5 * SECOND);
        let asks = |id: u64, ticket: &str| {
            format!(
                r#"{{"MsgId":"{id}","FromUserName":"fmessage","MsgType":37,"CreateTime":1700003590,
                "RecommendInfo":{{"UserName":"@c3a1b2d4e5f60718293a4b5c6d7e8f90",
                "NickName":"示例","Ticket":"{ticket}"}}}}"#
            )
        };
        let (old, new) = (
            asks(
                2_285_194_620_014_831_901,
                "v2_example0000ticket0001@stranger",
            ),
            asks(
                2_285_194_620_014_831_902,
                "v2_example0000ticket0002@stranger",
            ),
        );
        let news = format!(
            r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":""}},"AddMsgCount":2,"AddMsgList":[{old},{new}],
            "SyncKey":{{"Count":1,"List":[{{"Key":1,"Val":704153099}}]}}}}"#
        );
        bench.say("webwxsync", news);
        let asked: Vec<_> = bench
            .events()
            .into_iter()
            .filter_map(|event| match event.kind {
                EventKind::ContactRequest(asked) => asked.request.ticket,
                _ => None,
            })
            .collect();
        let [ticket] = &asked[..] else {
            panic!("{} of two requests came", asked.len())
        };
        assert!(ticket.expose().ends_with("0002@stranger"));
        // Nor does what is saved from here on hold either.
        let saved = String::from_utf8(bench.client.snapshot().unwrap().encode()).unwrap();
        assert!(!saved.contains("@stranger"), "{saved}");
    }
}

#[test]
fn a_session_stays_what_it_was_entered_as() {
    let mut as_web = config();
    as_web.browser = Browser::web();
    let mut as_desktop = config();
    as_desktop.browser = Browser::desktop();
    for (bytes, config, is_desktop) in [
        // Where nothing is noted, the settings say it.
        (FIRST, &as_web, false),
        (FIRST, &as_desktop, true),
        (SECOND_VERSION, &as_web, true),
        (SECOND_VERSION, &as_desktop, true),
    ] {
        let mut bench = Bench::resume(config.clone(), Snapshot::decode(bytes).unwrap());
        bench.open();
        bench.run_for(5 * SECOND);
        let chat = bench.client.chat("filehelper").unwrap();
        bench.submit(SendFile::new(chat, Attachment::bytes("a.txt", "hello")));
        bench.say(
            "webwxuploadmedia",
            r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_77aa","StartPos":5}"#,
        );
        let query = bench.request("webwxsendappmsg").http.uri().query();
        let says_so = query.unwrap().contains("mod=desktop");
        assert_eq!(says_so, is_desktop, "{query:?}");
    }

    // What is entered now is noted.
    let bench = Bench::to_online(as_desktop, "wx2.qq.com", "qq.com");
    let saved = json(&bench.client.snapshot().unwrap().encode());
    assert_eq!(saved["desktop"], true);
    let bench = Bench::to_online(as_web, "wx2.qq.com", "qq.com");
    let saved = json(&bench.client.snapshot().unwrap().encode());
    assert_eq!(saved["desktop"], false);
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    for bytes in [FIRST, SECOND_VERSION] {
        let mut file = json(bytes);
        file["mood"] = "new".into();
        file["cookies"][0]["partitioned"] = true.into();
        file["seen"][0]["room"] = Value::Null;
        let read = Snapshot::decode(&serde_json::to_vec(&file).unwrap());
        assert_eq!(
            read.unwrap().encode(),
            Snapshot::decode(bytes).unwrap().encode()
        );
    }
}

#[test]
fn no_file_that_is_none_is_taken_for_one_of_an_earlier_version() {
    let refused = |file: &Value| {
        let bytes = serde_json::to_vec(file).unwrap();
        Snapshot::decode(&bytes).unwrap_err()
    };
    for bytes in [TICKET, SECOND_VERSION] {
        let good = json(bytes);
        for version in [
            Value::from(0),
            (-1).into(),
            1.5.into(),
            "1".into(),
            Value::Null,
        ] {
            let mut file = good.clone();
            file["version"] = version;
            assert_eq!(refused(&file), SnapshotError::Malformed);
        }
        for later in [3, 999, u32::MAX] {
            let mut file = good.clone();
            file["version"] = later.into();
            assert_eq!(refused(&file), SnapshotError::UnsupportedVersion(later));
        }
        // Each member in turn is of another kind, or not there.
        for name in good.as_object().unwrap().keys() {
            let mut file = good.clone();
            file[name] = serde_json::json!({ "not": ["what", "it", "was"] });
            assert_eq!(refused(&file), SnapshotError::Malformed, "{name}");
            file.as_object_mut().unwrap().remove(name);
            let optional = ["desktop", "sync_check_key"].contains(&name.as_str());
            let read = Snapshot::decode(&serde_json::to_vec(&file).unwrap());
            assert_eq!(read.is_ok(), optional, "{name}");
        }
        for seen in [
            Value::Null,
            7.into(),
            serde_json::json!([{}]),
            serde_json::json!([[]]),
        ] {
            let mut file = good.clone();
            file["seen"] = seen;
            assert_eq!(refused(&file), SnapshotError::Malformed);
        }
    }
    for other in [
        "[]",
        "7",
        "\"version\"",
        "{}",
        "{\"version\":1}",
        "{\"version\":2}",
    ] {
        let error = Snapshot::decode(other.as_bytes()).unwrap_err();
        assert_eq!(error, SnapshotError::Malformed, "{other}");
    }
}

#[test]
fn a_session_goes_on_with_its_cookies_and_keys_at_its_hosts() {
    for (bytes, push) in [(FIRST, "webpush.wx2.qq.com"), (MAIN_HOST, "wx2.qq.com")] {
        let mut bench = resume(bytes);
        assert_eq!(bench.hosts("webwxinit"), ["wx2.qq.com"]);
        let cookies = bench.header("webwxinit", "cookie").unwrap().to_owned();
        for cookie in [
            "wxsid=Zx3KqT8bWnE1Yv0r",
            "webwx_data_ticket=gSexample",
            "webwxuvid=0f1e",
        ] {
            assert!(cookies.contains(cookie), "{cookies}");
        }
        let body = |bench: &Bench, endpoint: &str| -> serde_json::Value {
            serde_json::from_slice(bench.request(endpoint).http.body()).unwrap()
        };
        let base = &body(&bench, "webwxinit")["BaseRequest"];
        assert_eq!(base["Uin"], 2_100_045_678_u32);
        assert_eq!(base["Sid"], "Zx3KqT8bWnE1Yv0r");
        bench.open();
        bench.run_for(5 * SECOND);
        assert_eq!(bench.client.phase(), Phase::Online);
        // The stored key, not that of the reply: what came meanwhile stands behind it.
        let key = &body(&bench, "webwxsync")["SyncKey"]["List"];
        assert_eq!(key.as_array().unwrap().len(), 4);
        assert_eq!(key[2]["Val"], 704_153_152_u32);
        let seen_again = r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"AddMsgCount":2,"AddMsgList":[
            {"MsgId":"2285194620014831856","FromUserName":"@b07d61c2f9a84e35907c1d2e3f4a5b6c",
            "ToUserName":"@5e1f0c9a7b3d48e6a2c4f8d1b7e90365","MsgType":1,"Content":"old",
            "CreateTime":1700000006},
            {"MsgId":"2285194620014831857","FromUserName":"@b07d61c2f9a84e35907c1d2e3f4a5b6c",
            "ToUserName":"@5e1f0c9a7b3d48e6a2c4f8d1b7e90365","MsgType":1,"Content":"new",
            "CreateTime":1700003590}],"SyncKey":{"Count":1,"List":[{"Key":1,"Val":704153099}]}}"#;
        bench.say("webwxsync", seen_again);
        assert_eq!(texts(&bench.events()), ["new"]);
        assert_eq!(bench.hosts("synccheck"), [push]);
    }
}

#[test]
fn what_is_left_of_a_session_leads_to_a_question_on_the_phone() {
    let mut bench = resume(NO_SESSION);
    assert!(bench.client.me().is_none());
    assert_eq!(bench.client.phase(), Phase::PushWait);
    let uri = bench.request("webwxpushloginurl").http.uri().to_string();
    assert_eq!(
        uri,
        "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxpushloginurl?uin=2100045678"
    );
    assert_eq!(
        bench.header("webwxpushloginurl", "cookie"),
        Some(
            "webwxuvid=0f1e2d3c4b5a69788796a5b4c3d2e1f0; \
             webwx_auth_ticket=CIExampleAuthTicket/+bW9yZQ=="
        )
    );
    bench.say(
        "webwxpushloginurl",
        r#"{"ret":"0","msg":"all ok","uuid":"A_1_ExPush0=="}"#,
    );
    let uri = bench.request("login").http.uri().to_string();
    assert!(uri.contains("uuid=A_1_ExPush0%3D%3D&tip=1&"), "{uri}");
    // The account turned out to live elsewhere.
    bench.say(
        "login",
        "window.code=200;\nwindow.redirect_uri=\"https://wx8.qq.com/cgi-bin/mmwebwx-bin/\
         webwxnewloginpage?ticket=A@qrticket_0&uuid=A_1_ExPush0==\";",
    );
    bench.let_in("wx8.qq.com", "qq.com");
    bench.say("webwxinit", init());
    bench.run_for(5 * SECOND);
    assert_eq!(names(&bench.events()), ["push", "confirmed", "online"]);
    assert_eq!(bench.hosts("synccheck"), ["webpush.wx8.qq.com"]);
    // What is sent from here on has later ids than what was sent before.
    let saved: serde_json::Value =
        serde_json::from_slice(&bench.client.snapshot().unwrap().encode()).unwrap();
    assert_eq!(saved["last_client_msg_id"], 17_000_012_345_678_901_u64);
    assert_eq!(saved["family"], "wx8.qq.com");
}

#[test]
fn what_is_left_without_an_account_is_no_snapshot() {
    let text = String::from_utf8(NO_SESSION.to_vec()).unwrap();
    let nobody = text.replace("\"uin\":2100045678", "\"uin\":0");
    assert!(Snapshot::decode(nobody.as_bytes()).is_err());
    let text = String::from_utf8(FIRST.to_vec()).unwrap();
    let keyless = text.replace("1_704153081|2_704153167|3_704153152|1000_1700000042", "");
    assert!(Snapshot::decode(keyless.as_bytes()).is_err());
}

#[test]
fn an_id_that_could_not_grow_any_more_is_in_no_snapshot() {
    let text = String::from_utf8(FIRST.to_vec()).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (last, is_read) in [
        (u64::MAX, false),
        (1 << 63, false),
        // What a clock at the end of the year 9999 makes, and many more behind it.
        (2_534_023_007_999_999_999, true),
        (2_534_023_007_999_999_999 + (1 << 32), true),
    ] {
        json["last_client_msg_id"] = last.into();
        let decoded = Snapshot::decode(&serde_json::to_vec(&json).unwrap());
        assert_eq!(decoded.is_ok(), is_read, "{last}");
    }
}

#[test]
fn ids_grow_also_by_a_clock_that_is_absurd() {
    let mut bench = Bench::to_online(config(), "wx2.qq.com", "qq.com");
    let chat = bench.client.chat("filehelper").unwrap();
    let mut before = 0;
    for n in 0..5 {
        let now = Now::new(Stamp::ZERO, Duration::MAX);
        let (text, _) = Submission::new(SendText::new(chat.clone(), format!("{n}")));
        bench.client.submit(now, text);
        let saved = bench.client.snapshot().unwrap().encode();
        let json: serde_json::Value = serde_json::from_slice(&saved).unwrap();
        let last = json["last_client_msg_id"].as_u64().unwrap();
        assert!(last > before, "{last} {before}");
        before = last;
        assert!(Snapshot::decode(&saved).is_ok());
    }
}
