//! Replies of every endpoint: one byte that names it, then a body.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wx_proto::fuzzing::json_reply(data);
});
