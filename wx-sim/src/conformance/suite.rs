//! The list of all cases, from which everything else is made.

/// Makes a `#[test]` of each case for a driver: `wx_sim::conformance_suite!(MyDriver);` in a test
/// target, where `MyDriver` implements [`Subject`](crate::conformance::Subject).
#[macro_export]
macro_rules! conformance_suite {
    ($subject:ty) => {
        $crate::__conformance_cases! { __conformance_tests $subject }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ($subject:ty; $($group:ident: $($case:ident)*;)*) => {
        $($(
            #[test]
            fn $case() {
                $crate::conformance::cases::$group::$case::<$subject>();
            }
        )*)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_names {
    (; $($group:ident: $($case:ident)*;)*) => {
        &[$((stringify!($group), &[$(stringify!($case)),*])),*]
    };
}

/// Hands the list of all cases to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ($then:ident $($subject:ty)?) => {
        $crate::$then! {
            $($subject)?;
            session:
                login_leads_to_online
                text_leaves_during_a_held_poll
                ten_texts_keep_their_order
                many_threads_each_get_their_own_answer
                messages_arrive_in_order
                resumed_session_needs_no_scan
                clock_is_right_and_moves_on
                deadline_wakes_the_driver;
            wire:
                requests_go_out_exactly_as_given
                cookies_are_left_to_the_client
                redirects_are_not_followed
                error_statuses_are_replies
                bodies_come_in_any_framing
                oversize_bodies_are_cut_off
                endless_heads_are_cut_off
                malformed_status_lines_are_not_http
                closed_idle_connections_are_not_used;
            failure:
                lost_reply_is_asked_for_under_the_same_id
                nothing_is_repeated_that_happens_twice
                refused_connections_are_unreachable
                unknown_names_are_not_resolved
                lost_connections_are_resets
                silence_ends_at_the_deadline
                stalled_bodies_end_at_the_deadline
                slow_replies_are_waited_for;
            life:
                close_hangs_up_on_the_poll
                logout_is_sent_before_the_end
                close_drains_what_was_submitted
                abandoned_calls_are_cancelled
                calls_abandoned_before_their_turn_are_not_submitted
                posted_commands_need_nobody
                last_one_out_closes_without_a_logout
                stream_alone_keeps_the_session
                handle_alone_keeps_the_session
                calls_after_the_end_fail_fast
                open_calls_hear_of_the_end
                end_by_the_service_waits_to_be_read
                floods_of_calls_delay_nothing;
            event:
                events_leave_only_when_asked_for
                stalled_readers_stop_nothing
                asking_acknowledges_the_one_before
                manual_acknowledgement_is_the_applications
                impatient_readers_lose_nothing
                dropped_streams_discard_events
                events_after_the_close_can_be_read
                readers_that_call_do_not_deadlock;
            stream:
                uploads_read_exactly_the_blocks
                short_sources_fail
                calls_without_a_source_fail
                downloads_arrive_whole
                full_sinks_fail
                calls_without_a_sink_fail
                pages_never_reach_the_sink
                downloads_lost_before_the_first_byte_come_again
                downloads_lost_in_the_middle_do_not
                downloads_can_be_given_up;
            network:
                unknown_authorities_are_not_trusted
                extra_roots_are_trusted
                certificates_are_for_one_host
                proxies_lead_to_other_machines
                refusing_proxies_are_unreachable
                this_machine_is_reached_directly;
            store:
                stored_sessions_go_on
                changed_sessions_are_saved
                saves_do_not_cover_what_is_open
                ends_are_saved_before_they_are_told
                logouts_clear_the_store
                slow_stores_hold_nobody_up
                failed_saves_are_tried_again
                failing_readers_lose_nothing;
            transcript:
                all_drivers_say_the_same;
        }
    };
}

/// All cases, by group.
#[cfg(test)]
pub(super) const CASES: &[(&str, &[&str])] = crate::__conformance_cases!(__conformance_names);
