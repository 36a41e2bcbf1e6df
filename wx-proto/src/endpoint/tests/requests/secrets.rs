use super::{
    raw::call,
    uploads::{chunk, ticket},
    *,
};
use crate::{
    endpoint::{
        raw,
        webwxgetmedia::{self, Attachment},
        webwxgetmsgimg::{self, ImageSize},
        webwxuploadmedia::{self, Chunk, FileInfo, MediaType},
        webwxverifyuser::{self, Opcode},
    },
    id::MsgId,
};

#[test]
fn secrets_do_not_reach_logs() {
    let (cx, credentials, ticket) = (cx(0, 0), credentials(), ticket());
    let file = FileInfo {
        name: "a.pdf",
        mime: "application/pdf",
        media_type: MediaType::Doc,
        size: 1,
        md5: "",
        modified: std::time::Duration::ZERO,
    };
    let large = Chunk {
        aes_key: "6162636465666768",
        signature: "ExampleSignature0011",
        ..chunk(&file, &ticket)
    };
    let attachment = Attachment {
        sender: ANNA,
        media_id: "@c",
        encry_file_name: "a%2Epdf",
        file_name: "a.pdf",
    };
    let id = MsgId::new("1").unwrap();
    let feedback = call(Method::POST, "webwxsendfeedback", Some("{}"));
    let drafts = [
        sends::text("a"),
        webwxlogout::request(&credentials),
        synccheck::request(&cx, &credentials, &key()),
        webwxuploadmedia::request(&cx, &credentials, &large, b"a"),
        webwxgetmedia::request(&cx, &credentials, &attachment, &ticket),
        webwxgetmsgimg::request(&cx, &credentials, &id, ImageSize::Full),
        webwxverifyuser::request(&cx, &credentials, Opcode::Accept, ANNA, "v4_ticket", ""),
        raw::request(&cx, &credentials, &feedback).unwrap(),
    ];
    let printed = format!("{drafts:?} {credentials:?}");
    for secret in [
        "crypt",
        "Zx3K",
        "2100045678",
        "Qx7",
        "gSe",
        "6162",
        "Example",
        "v4_",
    ] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
