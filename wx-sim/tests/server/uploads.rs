//! Files on their way in.

use std::time::Duration;

use http::header;
use serde_json::Value;
use wx_sim::server::{Class, Rate, Refusal, Remark, Setup};

use crate::client::{Client, json, ret};
use crate::media::{CHUNK, Form, bytes};
use crate::walk::{assert_faultless, online, setup};

fn ask(client: &mut Client, form: Form) -> Value {
    json(&client.ask(form))
}

#[test]
fn a_small_file_goes_in_one_request() {
    let mut client = online();
    let file = client.pdf(1000);
    let form = client.chunk(&file, 0);
    let reply = ask(&mut client, form);
    assert_eq!(ret(&reply), 0);
    assert_eq!(reply["StartPos"], 1000);
    assert_eq!(reply["EncryFileName"], "report%5F1%2Epdf");
    assert!(reply["MediaId"].as_str().unwrap().len() > 600);
    assert_eq!(client.server.media(&file.md5()).unwrap(), file.bytes);
    assert_faultless(&client);
}

#[test]
fn a_large_file_comes_in_chunks_and_only_the_last_has_an_id() {
    let mut client = online();
    for size in [CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7] {
        let file = client.pdf(size);
        for nth in 0..file.chunks() {
            let form = client.chunk(&file, nth);
            let reply = ask(&mut client, form);
            let is_last = nth + 1 == file.chunks();
            assert_eq!(reply["MediaId"] != "", is_last, "{size} {nth}");
            let end = if is_last { size } else { 0 };
            assert_eq!(reply["StartPos"], end);
        }
        assert_eq!(client.server.media(&file.md5()).unwrap(), file.bytes);
    }
    assert_faultless(&client);
}

#[test]
fn any_chunk_may_come_again_and_is_answered_alike() {
    let mut client = online();
    let file = client.pdf(2 * CHUNK + 5);
    let mut first = Vec::new();
    for nth in 0..3 {
        for again in 0..=nth {
            let form = client.chunk(&file, again);
            let reply = ask(&mut client, form);
            if again == nth {
                first.push(reply);
            } else {
                assert_eq!(reply, first[again], "{again} after {nth}");
            }
        }
    }
    // Also when everything is there.
    for (nth, reply) in first.iter().enumerate() {
        let form = client.chunk(&file, nth);
        assert_eq!(ask(&mut client, form), *reply);
    }
    assert_eq!(client.server.media(&file.md5()).unwrap(), file.bytes);
    assert_faultless(&client);
}

#[test]
fn two_files_may_be_on_their_way_at_once() {
    let mut client = online();
    let one = client.pdf(CHUNK + 1);
    let two = client.file("b.bin", "application/octet-stream", bytes(CHUNK + 9));
    for nth in 0..2 {
        for file in [&one, &two] {
            let form = client.chunk(file, nth);
            assert_eq!(ret(&ask(&mut client, form)), 0);
        }
    }
    assert!(client.server.media(&one.md5()).is_some());
    assert!(client.server.media(&two.md5()).is_some());
    assert_faultless(&client);
}

#[test]
fn names_that_are_not_ascii_stand_as_they_are() {
    let mut client = online();
    let file = client.file("报告 一.txt", "text/plain", bytes(10));
    let form = client.chunk(&file, 0);
    let reply = ask(&mut client, form);
    assert_eq!(
        reply["EncryFileName"],
        "%E6%8A%A5%E5%91%8A%20%E4%B8%80%2Etxt"
    );
    // A quote would end the name in the head of its part; browsers escape it there.
    let mut file = client.file("a", "text/plain", bytes(10));
    file.name = "a\"b.txt".to_owned();
    let mut form = client.chunk(&file, 0);
    form.file_name = "a%22b.txt".to_owned();
    ask(&mut client, form);
    assert_faultless(&client);
}

#[test]
fn bytes_that_look_like_a_boundary_are_bytes() {
    let mut client = online();
    let near = b"\r\n------WebKitFormBoundary7MA4YWxkTrZu0g\r\n--\r\n\r\n".to_vec();
    let file = client.file("a.bin", "application/octet-stream", near);
    client.upload(&file);
    assert_eq!(client.server.media(&file.md5()).unwrap(), file.bytes);
    assert_faultless(&client);
}

/// What is done to the form, why it is refused, and with which `Ret`.
type Case = (&'static str, fn(Form) -> Form, Refusal, i64);

#[test]
fn each_fault_is_refused_for_its_reason() {
    let cases: &[Case] = &[
        (
            "no form",
            |mut form| {
                form.boundary = "x".repeat(71);
                form
            },
            Refusal::Form,
            1200,
        ),
        (
            "no request",
            |form| form.without("uploadmediarequest"),
            Refusal::Member("uploadmediarequest"),
            1200,
        ),
        (
            "request is no JSON",
            |form| form.set("uploadmediarequest", "{"),
            Refusal::Body,
            1200,
        ),
        (
            "no data ticket",
            |form| form.without("webwx_data_ticket"),
            Refusal::Member("webwx_data_ticket"),
            1100,
        ),
        (
            "another data ticket",
            |form| form.set("webwx_data_ticket", "gSx"),
            Refusal::Identity("webwx_data_ticket"),
            1100,
        ),
        (
            "another key",
            |form| form.with("\"Skey\":\"", "\"Skey\":\"x"),
            Refusal::Identity("Skey"),
            1101,
        ),
        (
            "from somebody else",
            |form| form.with("\"FromUserName\":\"", "\"FromUserName\":\"x"),
            Refusal::Sender,
            1,
        ),
        (
            "to nobody",
            |form| form.with("\"ToUserName\":\"filehelper\"", "\"ToUserName\":\"@x\""),
            Refusal::UnknownRecipient,
            1,
        ),
        (
            "no id",
            |form| form.with("\"ClientMediaId\"", "\"MediaId\""),
            Refusal::Member("ClientMediaId"),
            1,
        ),
        (
            "no size",
            |form| form.with("\"TotalLen\"", "\"Len\""),
            Refusal::Member("TotalLen"),
            1,
        ),
        (
            "fewer bytes than said",
            |form| form.bytes(b"short"),
            Refusal::TotalLen,
            -1,
        ),
        (
            "other bytes than said",
            |form| {
                let other = vec![7; form.bytes.len()];
                form.bytes(&other)
            },
            Refusal::FileMd5,
            -1,
        ),
        (
            "an empty file",
            |form| form.with("\"TotalLen\":1000", "\"TotalLen\":0"),
            Refusal::FileSize,
            -2,
        ),
        (
            "a video too large",
            |form| {
                form.set("mediatype", "video")
                    .with("\"TotalLen\":1000", "\"TotalLen\":20971520")
            },
            Refusal::FileSize,
            -2,
        ),
        (
            "too much at once",
            |form| {
                form.with("\"TotalLen\":1000", "\"TotalLen\":2000000")
                    .bytes(&bytes(2_000_000))
            },
            Refusal::ChunkSize,
            -1,
        ),
        (
            "a large file without its key",
            |form| form.with("\"TotalLen\":1000", "\"TotalLen\":26214401"),
            Refusal::Grant("AESKey"),
            -1,
        ),
    ];
    for (name, change, refusal, code) in cases {
        let mut client = online();
        let file = client.pdf(1000);
        let form = change(client.chunk(&file, 0));
        let reply = client.ask(form);
        assert!(
            !reply.headers().contains_key(header::CONTENT_TYPE),
            "{name}: a failed upload has no type"
        );
        let reply = json(&reply);
        assert_eq!(
            (ret(&reply), &reply["MediaId"]),
            (*code, &"".into()),
            "{name}"
        );
        assert_eq!(client.last().refusal.as_ref(), Some(refusal), "{name}");
        assert_eq!(client.server.media(&file.md5()), None, "{name}");
    }
}

#[test]
fn no_file_comes_in_without_the_cookies_of_its_host() {
    for name in ["webwx_data_ticket", "wxuin", "wxsid"] {
        let mut client = online();
        let file = client.pdf(1000);
        let mut form = client.chunk(&file, 0);
        for (header, value) in &mut form.raw.headers {
            if *header == "Cookie" {
                *value = value.replace(&format!("{name}="), "other=");
            }
        }
        let reply = ask(&mut client, form);
        assert_eq!(ret(&reply), 1100, "{name}");
        assert_eq!(client.last().refusal, Some(Refusal::MissingCookie(name)));
    }
}

#[test]
fn chunks_keep_their_order_and_their_bytes() {
    let mut client = online();
    let file = client.pdf(3 * CHUNK);
    let form = client.chunk(&file, 1);
    assert_eq!(ret(&ask(&mut client, form)), -1);
    assert_eq!(client.last().refusal, Some(Refusal::ChunkOrder));
    let form = client.chunk(&file, 0);
    assert_eq!(ret(&ask(&mut client, form)), 0);
    let form = client.chunk(&file, 0).bytes(&vec![1; CHUNK]);
    assert_eq!(ret(&ask(&mut client, form)), -1);
    assert_eq!(client.last().refusal, Some(Refusal::ChunkChanged));
    let form = client.chunk(&file, 2);
    assert_eq!(ret(&ask(&mut client, form)), -1);
    assert_eq!(client.last().refusal, Some(Refusal::ChunkOrder));
    let form = client.chunk(&file, 0).set("chunk", "3");
    assert_eq!(ret(&ask(&mut client, form)), -1);
    assert_eq!(client.last().refusal, Some(Refusal::ChunkSize));
    // Nothing of that spoilt the upload.
    for nth in 1..3 {
        let form = client.chunk(&file, nth);
        assert_eq!(ret(&ask(&mut client, form)), 0);
    }
    assert!(client.server.media(&file.md5()).is_some());
}

#[test]
fn a_wrong_md5_is_noticed_with_the_last_chunk_and_the_file_can_come_anew() {
    let mut client = online();
    let file = client.pdf(CHUNK + 1);
    let wrong = "0123456789abcdef0123456789abcdef";
    let md5 = file.md5();
    let form = client.chunk(&file, 0).with(&md5, wrong);
    assert_eq!(ret(&ask(&mut client, form)), 0);
    let form = client.chunk(&file, 1).with(&md5, wrong);
    let reply = ask(&mut client, form);
    assert_eq!((ret(&reply), &reply["MediaId"]), (-1, &"".into()));
    assert_eq!(client.last().refusal, Some(Refusal::FileMd5));
    client.upload(&file);
}

#[test]
fn what_is_unlike_the_page_works_and_is_remarked() {
    type Case = (&'static str, fn(Form) -> Form, Remark);
    let cases: &[Case] = &[
        (
            "verbatim ticket",
            |form| {
                let ticket = form.fields.iter().find(|(name, _)| *name == "pass_ticket");
                let ticket = ticket.unwrap().1.replace('+', "%2B").replace('/', "%2F");
                form.set("pass_ticket", &ticket.replace('=', "%3D"))
            },
            Remark::PassTicketEncoding,
        ),
        (
            "no ticket",
            |form| form.without("pass_ticket"),
            Remark::MissingMember("pass_ticket"),
        ),
        (
            "order",
            |mut form| {
                form.fields.swap(0, 1);
                form
            },
            Remark::FieldOrder,
        ),
        (
            "a field of another form",
            |mut form| {
                form.fields.push(("extra", "1".to_owned()));
                form
            },
            Remark::UnknownMember("extra".to_owned()),
        ),
        (
            "one chunk that is counted",
            |mut form| {
                form.fields.insert(5, ("chunks", "1".to_owned()));
                form.fields.insert(6, ("chunk", "0".to_owned()));
                form
            },
            Remark::FieldForm("chunks"),
        ),
        ("id", |form| form.set("id", "FILE"), Remark::FieldForm("id")),
        (
            "size",
            |form| form.set("size", "1"),
            Remark::FieldForm("size"),
        ),
        (
            "kind of media",
            |form| form.set("mediatype", "pic"),
            Remark::FieldForm("mediatype"),
        ),
        (
            "another name in the head of the part",
            |mut form| {
                form.file_name = "other.pdf".to_owned();
                form
            },
            Remark::FieldForm("name"),
        ),
        (
            "length of the chunk",
            |form| form.with("\"DataLen\":1000", "\"DataLen\":524288"),
            Remark::MemberForm("DataLen"),
        ),
        (
            "start of the chunk",
            |form| form.with("\"StartPos\":0", "\"StartPos\":1"),
            Remark::MemberForm("StartPos"),
        ),
        (
            "media type",
            |form| form.with("\"MediaType\":4", "\"MediaType\":1"),
            Remark::MemberForm("MediaType"),
        ),
        (
            "no upload type",
            |form| form.with("\"UploadType\":2,", ""),
            Remark::MissingMember("UploadType"),
        ),
        (
            "id as text",
            |form| {
                form.with("\"ClientMediaId\":1672", "\"ClientMediaId\":\"1672")
                    .with(",\"TotalLen\"", "\",\"TotalLen\"")
            },
            Remark::MemberForm("ClientMediaId"),
        ),
        (
            "key of a large file",
            |form| form.with("\"MediaType\":4", "\"MediaType\":4,\"AESKey\":\"x\""),
            Remark::UnknownMember("AESKey".to_owned()),
        ),
        (
            "no Origin",
            |mut form| {
                form.raw = form.raw.header("Origin", None);
                form
            },
            Remark::MissingHeader("Origin"),
        ),
        (
            "another Origin",
            |mut form| {
                form.raw = form.raw.header("Origin", Some("https://example.org"));
                form
            },
            Remark::Origin,
        ),
    ];
    for (name, change, remark) in cases {
        let mut client = online();
        let file = client.pdf(1000);
        let form = change(client.chunk(&file, 0));
        let reply = ask(&mut client, form);
        assert_eq!(ret(&reply), 0, "{name}");
        assert_eq!(client.last().refusal, None, "{name}");
        assert_eq!(
            client.last().remarks,
            std::slice::from_ref(remark),
            "{name}"
        );
    }
}

#[test]
fn chunks_of_another_size_are_remarked() {
    let mut client = online();
    let file = client.pdf(CHUNK);
    let half = CHUNK / 2;
    for nth in 0..2 {
        let mut form = client.chunk(&file, 0);
        form.fields.insert(5, ("chunks", "2".to_owned()));
        form.fields.insert(6, ("chunk", nth.to_string()));
        let bytes = file.bytes[nth * half..(nth + 1) * half].to_vec();
        assert_eq!(ret(&ask(&mut client, form.bytes(&bytes))), 0);
        let remarks: &[Remark] = if nth == 0 {
            &[Remark::ChunkLength]
        } else {
            &[]
        };
        assert_eq!(client.last().remarks, remarks);
    }
}

#[test]
fn too_many_uploads_are_answered_with_the_id_of_something_else() {
    let rate = Rate {
        texts: 1,
        window: Duration::from_secs(60),
    };
    let mut client = Client::online(Setup {
        rates: [(Class::Upload, rate)].into(),
        ..setup()
    });
    let file = client.pdf(1000);
    client.upload(&file);
    let file = client.file("b.jpg", "image/jpeg", bytes(2000));
    let form = client.chunk(&file, 0);
    let reply = ask(&mut client, form);
    assert_eq!(ret(&reply), 1205);
    assert_eq!(
        (client.last().code, client.last().is_accepted()),
        (1205, true)
    );
    let wrong = reply["MediaId"].as_str().unwrap().to_owned();
    let raw = client.image_request("filehelper", &wrong);
    assert_eq!(client.answer(raw), 0);
    let sent = client.server.received().next().unwrap();
    assert_ne!(sent.what.media().unwrap().md5, file.md5());
    // What was refused can be sent later.
    client.wait(Duration::from_secs(60));
    client.upload(&file);
    assert_faultless(&client);
}
