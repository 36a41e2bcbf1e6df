//! Cookies that are set, and who is sent them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wx_proto::fuzzing::cookie(data);
});
