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
use wx_proto::{Now, Phase, SendText, Snapshot, Stamp, Submission};

/// A session as it was before there was anything but sessions in snapshots.
const FIRST: &[u8] = include_bytes!("../testdata/snapshots/v1.json");

/// A session that is polled at the main host of its family.
const MAIN_HOST: &[u8] = include_bytes!("../testdata/snapshots/v1_main_host.json");

/// What is left when the session is over.
const NO_SESSION: &[u8] = include_bytes!("../testdata/snapshots/v1_no_session.json");

fn resume(bytes: &[u8]) -> Bench {
    Bench::resume(config(), Snapshot::decode(bytes).unwrap())
}

#[test]
fn every_file_is_read_and_written_again_as_it_was() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/snapshots");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let known = [FIRST, MAIN_HOST, NO_SESSION].contains(&bytes.as_slice());
        assert!(known, "{path:?} is not among those that are resumed here");
        let again = Snapshot::decode(&bytes).unwrap().encode();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // Readable, member by member: what a review of a new form looks at.
        let shown: serde_json::Value = serde_json::from_slice(&again).unwrap();
        insta::assert_snapshot!(name, format!("{shown:#}"));
        assert_eq!(String::from_utf8(again), String::from_utf8(bytes));
        files += 1;
    }
    assert_eq!(files, 3);
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
