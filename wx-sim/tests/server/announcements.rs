//! Files so large that they are announced first.

use wx_sim::server::{Refusal, Remark};

use crate::client::{json, ret};
use crate::walk::online;

#[test]
fn a_file_of_more_than_25_mib_is_announced_first() {
    let mut client = online();
    let mut file = client.pdf(25 * 1024 * 1024 + 1);
    let raw = client.check_upload_request(&file);
    let reply = json(&client.ask(raw));
    assert_eq!((ret(&reply), &reply["MediaId"]), (0, &"".into()));
    assert_eq!(reply["EncryFileName"], "report%5F1%2Epdf");
    file.aes_key = reply["AESKey"].as_str().unwrap().to_owned();
    file.signature = reply["Signature"].as_str().unwrap().to_owned();

    let form = client.chunk(&file, 0).with(&file.signature, "other");
    assert_eq!(client.answer(form), -1);
    assert_eq!(client.last().refusal, Some(Refusal::Grant("Signature")));
    let media_id = client.upload(&file);

    // The send needs what the announcement was answered with.
    let raw = client.file_request("filehelper", &file, &media_id);
    assert_eq!(client.answer(raw.clone()), -1);
    assert_eq!(client.last().refusal, Some(Refusal::Grant("Signature")));
    let signed = format!("\"Msg\":{{\"Signature\":\"{}\",", file.signature);
    let raw = raw.with("\"Msg\":{", &signed);
    assert_eq!(client.answer(raw), 0);

    // Whoever announces the same bytes again need not send them.
    let faults = client.server.faults().count();
    let raw = client.check_upload_request(&file);
    let reply = json(&client.ask(raw));
    let again = reply["MediaId"].as_str().unwrap().to_owned();
    let raw = client.file_request("weixin", &file, &again);
    let raw = raw.with("\"Msg\":{", &signed);
    assert_eq!(client.answer(raw), 0);
    assert_eq!(client.server.received().len(), 2);
    assert_eq!(client.server.faults().count(), faults);
}

#[test]
fn announcements_are_judged() {
    let mut client = online();
    let file = client.pdf(1000);
    let raw = client.check_upload_request(&file);
    assert_eq!(client.answer(raw.clone()), 0);
    assert_eq!(client.last().remarks, [Remark::NeedlessCheck]);
    for (old, new, refusal) in [
        (
            "\"FileType\":7",
            "\"FileType\":6",
            Refusal::Member("FileType"),
        ),
        ("\"FileType\":7", "\"Type\":7", Refusal::Member("FileType")),
        (
            "\"FileSize\":1000",
            "\"FileSize\":0",
            Refusal::Member("FileSize"),
        ),
        (
            "\"FileMd5\":\"",
            "\"FileMd5\":\"X",
            Refusal::Member("FileMd5"),
        ),
        ("report_1.pdf", "", Refusal::Member("FileName")),
        ("\"filehelper\"", "\"@x\"", Refusal::UnknownRecipient),
    ] {
        let reply = json(&client.ask(raw.clone().with(old, new)));
        assert_eq!((ret(&reply), &reply["AESKey"]), (1, &"".into()), "{new}");
        assert_eq!(client.last().refusal, Some(refusal), "{new}");
    }
}
