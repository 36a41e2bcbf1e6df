use std::time::Duration;

use super::*;
use crate::{
    endpoint::{
        webwxcheckupload,
        webwxuploadmedia::{self, Chunk, FileInfo, MediaType},
    },
    secret::Secret,
};

#[test]
fn a_large_file_is_announced() {
    is_json(
        &webwxcheckupload::request(
            &cx(0, 0),
            &credentials(),
            ME,
            "filehelper",
            31_457_280,
            "0cc175b9c0f1b6a831c399e269772661",
            "扫描.zip",
        ),
        Endpoint::CheckUpload,
        &bin(&format!("webwxcheckupload?{TICKET}")),
        &format!(
            r#"{{{BASE},"FromUserName":"{ME}","ToUserName":"filehelper","FileSize":31457280,"FileMd5":"0cc175b9c0f1b6a831c399e269772661","FileName":"扫描.zip","FileType":7}}"#
        ),
    );
}

const REPORT: FileInfo<'_> = FileInfo {
    name: "report.pdf",
    mime: "application/pdf",
    media_type: MediaType::Doc,
    size: 700_000,
    md5: "92eb5ffee6ae2fec3ad71c777531578f",
    modified: Duration::from_secs(1_672_531_200),
};

pub(super) fn ticket() -> Secret {
    Secret::new("gSeExampleTicket0000Abcd")
}

pub(super) fn chunk<'a>(file: &'a FileInfo<'a>, ticket: &'a Secret) -> Chunk<'a> {
    Chunk {
        from: ME,
        to: "filehelper",
        file,
        client_media_id: 1_672_531_260_123,
        data_ticket: ticket,
        aes_key: "",
        signature: "",
        nth: 0,
        of: 2,
        serial: 3,
        boundary: 0x00C0_FFEE_0000_B7E5,
    }
}

fn upload(credentials: &Credentials, chunk: &Chunk<'_>, data: &[u8]) -> Draft {
    webwxuploadmedia::request(&cx(0, 0), credentials, chunk, data)
}

/// The names of the fields in order, and the value of one.
fn fields(draft: &Draft) -> Vec<(String, String)> {
    let body = String::from_utf8_lossy(&draft.body);
    let parts = body.split("------WebKitFormBoundary00c0ffee0000b7e5\r\n");
    let parts = parts.skip(1).map(|part| {
        let (head, value) = part.split_once("\r\n\r\n").unwrap();
        let name = head.split('"').nth(1).unwrap();
        let value = value.strip_suffix("\r\n").unwrap();
        (name.to_owned(), value.to_owned())
    });
    parts.collect()
}

fn field(draft: &Draft, name: &str) -> Option<String> {
    let mut fields = fields(draft).into_iter();
    fields.find_map(|(known, value)| (known == name).then_some(value))
}

#[test]
fn a_chunk() {
    let ticket = ticket();
    let draft = upload(&credentials(), &chunk(&REPORT, &ticket), b"%PDF\0\xFF");
    assert_eq!(
        (draft.endpoint, &draft.method),
        (Endpoint::UploadMedia, &Method::POST)
    );
    assert_eq!(draft.target, bin("webwxuploadmedia?f=json"));
    assert_eq!(
        header(&draft, "content-type"),
        Some("multipart/form-data; boundary=----WebKitFormBoundary00c0ffee0000b7e5")
    );
    assert_eq!(header(&draft, "origin"), Some("https://wx2.qq.com"));
    let about = format!(
        r#"{{"UploadType":2,{BASE},"ClientMediaId":1672531260123,"TotalLen":700000,"StartPos":0,"DataLen":700000,"MediaType":4,"FromUserName":"{ME}","ToUserName":"filehelper","FileMd5":"92eb5ffee6ae2fec3ad71c777531578f"}}"#
    );
    let line = "------WebKitFormBoundary00c0ffee0000b7e5";
    let mut body = String::new();
    for (name, value) in [
        ("id", "WU_FILE_3"),
        ("name", "report.pdf"),
        ("type", "application/pdf"),
        (
            "lastModifiedDate",
            "Sun Jan 01 2023 00:00:00 GMT+0000 (Coordinated Universal Time)",
        ),
        ("size", "700000"),
        ("chunks", "2"),
        ("chunk", "0"),
        ("mediatype", "doc"),
        ("uploadmediarequest", &about),
        ("webwx_data_ticket", "gSeExampleTicket0000Abcd"),
        ("pass_ticket", "Qx7+m2Lk0nVZ3s9Wd4Tg="),
    ] {
        body += &format!(
            "{line}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    body += &format!(
        "{line}\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"report.pdf\"\r\n\
         Content-Type: application/pdf\r\n\r\n"
    );
    let end = format!("\r\n{line}--\r\n");
    let whole = [body.as_bytes(), b"%PDF\0\xFF", end.as_bytes()].concat();
    assert_eq!(draft.body, whole);
}

#[test]
fn chunks_differ_in_number_and_bytes_alone() {
    let ticket = ticket();
    let first = chunk(&REPORT, &ticket);
    let second = Chunk { nth: 1, ..first };
    let (first, second) = (
        upload(&credentials(), &first, b"a"),
        upload(&credentials(), &second, b"b"),
    );
    let differences: Vec<_> = fields(&first)
        .into_iter()
        .zip(fields(&second))
        .filter(|(first, second)| first != second)
        .map(|((name, _), _)| name)
        .collect();
    assert_eq!(differences, ["chunk", "filename"]);
}

#[test]
fn what_fits_into_one_chunk_has_no_numbers() {
    let ticket = ticket();
    let only = Chunk {
        of: 1,
        ..chunk(&REPORT, &ticket)
    };
    let draft = upload(&credentials(), &only, b"a");
    assert_eq!(
        (field(&draft, "chunks"), field(&draft, "chunk")),
        (None, None)
    );
    for (media_type, name) in [
        (MediaType::Pic, "pic"),
        (MediaType::Video, "video"),
        (MediaType::Doc, "doc"),
    ] {
        let file = FileInfo {
            media_type,
            ..REPORT
        };
        let draft = upload(&credentials(), &chunk(&file, &ticket), b"a");
        assert_eq!(field(&draft, "mediatype").as_deref(), Some(name));
    }
    let draft = upload(&resumed(), &only, b"a");
    assert_eq!(field(&draft, "pass_ticket"), None);
}

#[test]
fn a_large_file_carries_what_it_was_given() {
    let ticket = ticket();
    let large = Chunk {
        aes_key: "6162636465666768",
        signature: "ExampleSignature0011",
        ..chunk(&REPORT, &ticket)
    };
    let draft = upload(&credentials(), &large, b"a");
    let about = field(&draft, "uploadmediarequest").unwrap();
    assert!(
        about.ends_with(
            r#""FileMd5":"92eb5ffee6ae2fec3ad71c777531578f","AESKey":"6162636465666768","Signature":"ExampleSignature0011"}"#
        ),
        "{about}"
    );
}

#[test]
fn names_stay_as_they_are() {
    let ticket = ticket();
    let name = "报告 \"终\".pdf";
    let file = FileInfo { name, ..REPORT };
    let draft = upload(&credentials(), &chunk(&file, &ticket), b"a");
    assert_eq!(field(&draft, "name").as_deref(), Some(name));
    let body = String::from_utf8_lossy(&draft.body);
    assert!(
        body.contains("; filename=\"报告 %22终%22.pdf\"\r\n"),
        "{body}"
    );
}

#[test]
fn the_reduced_page_adds_four_characters() {
    let ticket = ticket();
    let cx = on("szfilehelper.weixin.qq.com");
    let draft = webwxuploadmedia::request(&cx, &credentials(), &chunk(&REPORT, &ticket), b"a");
    assert_eq!(draft.target, bin("webwxuploadmedia?f=json&random=b7e5"));
    let origin = "https://szfilehelper.weixin.qq.com";
    assert_eq!(header(&draft, "origin"), Some(origin));
}
