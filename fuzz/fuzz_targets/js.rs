//! Fragments of a script, read and written back.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wx_proto::fuzzing::js(data);
});
