//! Sessions that were saved, and are resumed.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wx_proto::fuzzing::snapshot(data);
});
