//! What may come in place of a reply.

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::Response;

use super::page;

fn gzipped(body: &[u8]) -> Response<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    let body = Bytes::from(encoder.finish().unwrap());
    Response::builder()
        .header("content-encoding", "gzip")
        .body(body)
        .unwrap()
}

pub(crate) fn bad_replies() -> Vec<(&'static str, Response<Bytes>)> {
    let cut_gzip = {
        let whole = gzipped(&[b'x'; 5000]).into_body();
        let half = whole.slice(..whole.len() / 2);
        Response::builder()
            .header("content-encoding", "gzip")
            .body(half)
            .unwrap()
    };
    let brotli = Response::builder()
        .header("content-encoding", "br")
        .body(Bytes::from("??"))
        .unwrap();
    vec![
        ("empty", page(200, "")),
        (
            "html",
            page(
                200,
                "<html><head><title>Sign in</title></head><body></body></html>",
            ),
        ),
        ("5 MB of garbage", page(200, vec![b'z'; 5_000_000])),
        ("a gzip bomb", gzipped(&vec![b' '; 40_000_000])),
        ("cut gzip", cut_gzip),
        ("an encoding that was not offered", brotli),
        (
            "invalid UTF-8",
            page(200, &b"\xff\xfe{\"BaseResponse\":{\"Ret\":\xc3\x28"[..]),
        ),
        ("brackets", page(200, "[".repeat(1_000_000))),
        ("braces", page(200, "{\"a\":".repeat(200_000))),
        ("tags", page(200, "<a>".repeat(300_000))),
        ("an empty object", page(200, "{}")),
        (
            "a bare success",
            page(200, r#"{"BaseResponse":{"Ret":0,"ErrMsg":""}}"#),
        ),
        ("null", page(200, "null")),
        ("503", page(503, "")),
        ("429", page(429, "slow down")),
        ("404", page(404, "not here")),
        ("a redirect", {
            Response::builder()
                .status(302)
                .header(
                    "location",
                    "https://evil.example/cgi-bin/mmwebwx-bin/webwxinit",
                )
                .body(Bytes::new())
                .unwrap()
        }),
    ]
}
