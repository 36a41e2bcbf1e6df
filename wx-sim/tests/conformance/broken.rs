//! Each way to be wrong is found by the case that is there for it.

use std::{
    panic::catch_unwind,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use wx_sim::conformance::cases::{event, failure, life, network, session, store, stream, wire};

use crate::{bug::Bug, reference::Reference};

/// A case fails within its own patience, or a few of them.
const BOUND: Duration = Duration::from_secs(90);

macro_rules! broken {
    ($($name:ident: $bug:ident fails $group:ident::$case:ident;)*) => {
        $(
            #[test]
            fn $name() {
                fails(stringify!($case), $group::$case::<Reference<{ Bug::$bug as u8 }>>);
            }
        )*

        /// No way to be wrong was forgotten.
        #[test]
        fn all_bugs_are_found() {
            let found = [$(Bug::$bug),*];
            let missed: Vec<_> = Bug::ALL.iter().filter(|bug| !found.contains(bug)).collect();
            assert_eq!(missed, [&Bug::None]);
        }
    };
}

broken! {
    headers_of_its_own: AddsHeader fails wire::requests_go_out_exactly_as_given;
    follows_redirects: FollowsRedirects fails wire::redirects_are_not_followed;
    keeps_cookies: KeepsCookies fails wire::cookies_are_left_to_the_client;
    takes_a_status_for_an_error: ErrorOnStatus fails wire::error_statuses_are_replies;
    unpacks_by_itself: Unpacks fails wire::bodies_come_in_any_framing;
    reads_on_beyond_the_limit: ReadsItAll fails wire::oversize_bodies_are_cut_off;
    takes_garbage_for_a_reset: GarbageIsReset fails wire::malformed_status_lines_are_not_http;
    repeats_by_itself: Repeats fails failure::nothing_is_repeated_that_happens_twice;
    says_that_nothing_was_sent: ResetIsConnect fails failure::lost_connections_are_resets;
    never_aborts: NeverAborts fails life::close_hangs_up_on_the_poll;
    never_wakes: NeverWakes fails session::deadline_wakes_the_driver;
    lets_calls_go_first: CallsFirst fails life::floods_of_calls_delay_nothing;
    has_a_clock_that_stands: StoppedClock fails session::clock_is_right_and_moves_on;
    leaves_early: LeavesEarly fails life::logout_is_sent_before_the_end;
    keeps_the_last_events: DropsLastEvents fails event::events_after_the_close_can_be_read;
    has_room_for_one_caller: OneWaiter fails session::ten_texts_keep_their_order;
    never_cancels: NeverCancels fails life::abandoned_calls_are_cancelled;
    cancels_what_was_posted: CancelsPosted fails life::posted_commands_need_nobody;
    submits_what_was_given_up: SubmitsLate
        fails life::calls_abandoned_before_their_turn_are_not_submitted;
    logs_out_when_dropped: LogsOutOnDrop fails life::last_one_out_closes_without_a_logout;
    forgets_the_stream: ForgetsStream fails life::stream_alone_keeps_the_session;
    takes_events_unasked: PopsUnasked fails event::events_leave_only_when_asked_for;
    waits_for_the_reader: BlocksOnEvents fails event::stalled_readers_stop_nothing;
    acknowledges_what_it_hands_out: AcknowledgesEarly
        fails event::asking_acknowledges_the_one_before;
    keeps_what_nobody_reads: KeepsUnread fails event::dropped_streams_discard_events;
    reads_short_blocks: ShortBlocks fails stream::uploads_read_exactly_the_blocks;
    drops_bytes_of_the_sink: DropsBytes fails stream::full_sinks_fail;
    goes_its_own_way: IgnoresProxy fails network::proxies_lead_to_other_machines;
    saves_too_late: SavesLate fails store::changed_sessions_are_saved;
    saves_what_is_open: AcknowledgesEarly fails store::saves_do_not_cover_what_is_open;
    saves_on_the_loop: SavesOnTheLoop fails store::slow_stores_hold_nobody_up;
    saves_once: SavesOnce fails store::failed_saves_are_tried_again;
    forgets_the_end: ForgetsTheEnd fails store::ends_are_saved_before_they_are_told;
    keeps_after_a_logout: KeepsAfterLogout fails store::logouts_clear_the_store;
    takes_a_panic_for_a_goodbye: TakesPanicForGoodbye fails store::failing_readers_lose_nothing;
    miscounts_the_sink: MiscountsSink fails stream::downloads_lost_in_the_middle_do_not;
}

fn fails(case: &'static str, run: fn()) {
    let (tell, told) = channel();
    thread::spawn(move || {
        let _ = tell.send(catch_unwind(run));
    });
    match told.recv_timeout(BOUND) {
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            println!(
                "{case}: {}",
                text.or(panic.downcast_ref::<&str>().copied()).unwrap()
            );
        }
        Ok(Ok(())) => panic!("{case} does not notice"),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            panic!("{case} does not end within {BOUND:?}")
        }
    }
}
