//! A client and the simulated service, with anything going wrong between them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wx_sim::fuzzing::client_vs_server(data);
});
