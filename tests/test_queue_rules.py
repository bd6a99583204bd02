"""The contract of queues, readers, queue runners, coordinators and input pipelines, rule by rule.

A rule is shown by the tests that stand beside it, and by the mistakes of tests/mistakes/queues.py
that name it: those are run by tests/test_mistakes.py.
"""

from __future__ import annotations

import pytest

import tfsession as tf
from tests.mistakes.queues import MISTAKES
from tests.rules import names_of_mistakes, unknown_rules, unknown_tests

# Rule -> tests, as `module:function`. Where there are none, mistakes show the rule.
RULES: dict[str, list[str]] = {
    # ---- 1 construction ----
    "1 signatures": ["queues:test_signatures"],
    "1 one dtype or several": ["queues:test_what_a_queue_tells_of_itself"],
    "1 capacity": [
        "queues:test_a_negative_capacity_is_no_limit",
        "queues:test_nothing_fits_into_a_queue_of_capacity_0",
    ],
    "1 attributes": ["queues:test_what_a_queue_tells_of_itself"],
    "1 kinds of ops": ["queues:test_what_a_queue_tells_of_itself"],
    "1 lengths": [],
    "1 partial shapes": [],
    "1 names": [],
    "1 padding without shapes": [],
    "1 min_after_dequeue": [],
    "1 names of operations": ["queues:test_names_of_operations"],
    "1 from_list": [
        "queues:test_from_list_picks_when_it_runs",
        "queues:test_from_list_wants_queues_that_match",
    ],
    # ---- 2 values ----
    "2 what is enqueued": ["queues:test_elements_are_given_in_several_forms_and_converted"],
    "2 dicts": ["queues:test_named_components_are_dicts"],
    "2 static shapes": ["queues:test_static_shapes"],
    "2 what is dequeued": [
        "queues:test_what_is_dequeued_is_a_tensor_or_a_list",
        "queues:test_named_components_are_dicts",
    ],
    "2 leading dimension": ["queues:test_static_shapes"],
    "2 batches need shapes": [],
    "2 negative and zero n": ["queues:test_an_empty_batch_comes_at_once"],
    "2 checks of a run": ["queues:test_wrong_shapes_are_refused"],
    "2 enqueue_many is not atomic": [
        "queues:test_enqueue_many_adds_one_by_one_as_there_is_room",
        "queues:test_what_a_cancelled_enqueue_has_put_stays",
    ],
    "2 enqueue_many of nothing": ["queues:test_an_empty_batch_comes_at_once"],
    # ---- 3 blocking, order, cancelling ----
    "3 order of attempts": [
        "queues:test_attempts_end_in_the_order_in_which_they_came",
        "queues:test_a_large_batch_at_the_head_holds_up_later_dequeues_and_takes_what_comes",
    ],
    "3 full and empty": [
        "queues:test_a_dequeue_waits_for_an_element",
        "queues:test_an_enqueue_waits_for_room",
    ],
    "3 cancelled while blocked": [
        "queues:test_a_cancelled_dequeue_lets_the_next_one_go_on",
        "queues:test_nothing_fits_into_a_queue_of_capacity_0",
        "queues:test_a_timeout_ends_a_waiting_step",
        "queues:test_closing_the_session_ends_waiting_steps",
    ],
    "3 elements of a cancelled attempt": [
        "queues:test_what_a_cancelled_batch_has_taken_is_lost",
        "queues:test_what_a_cancelled_enqueue_has_put_stays",
    ],
    "3 close waits": ["queues:test_closing_waits_for_enqueues_that_came_before"],
    "3 second close": ["queues:test_closing_twice_is_an_error"],
    "3 close with cancelling": [
        "queues:test_closing_with_cancelling_fails_waiting_enqueues_and_keeps_elements"
    ],
    "3 enqueue on closed": ["queues:test_a_closed_queue_takes_nothing_and_gives_what_it_has"],
    "3 kinds in texts": ["queues:test_a_padding_queue_calls_itself_fifo_but_for_batches"],
    "3 dequeue on closed and empty": [
        "queues:test_a_closed_queue_takes_nothing_and_gives_what_it_has"
    ],
    "3 dequeue_many on closed": [
        "queues:test_a_batch_that_cannot_be_completed_puts_its_elements_back"
    ],
    "3 dequeue_up_to on closed": ["queues:test_dequeue_up_to_gives_the_rest_of_a_closed_queue"],
    "3 dequeue_up_to on open": ["queues:test_dequeue_up_to_gives_the_rest_of_a_closed_queue"],
    "3 size and is_closed": ["queues:test_size_and_is_closed_do_not_wait"],
    "3 names in texts": [],
    "3 RandomShuffleQueue, minimum": [
        "queues:test_random_shuffle_keeps_a_minimum_until_it_is_closed"
    ],
    "3 RandomShuffleQueue, order": [
        "queues:test_random_shuffle_gives_tensorflows_order",
        "queues:test_random_shuffle_follows_the_graph_seed",
    ],
    "3 RandomShuffleQueue, restored elements": [
        "queues:test_a_batch_that_a_shuffling_queue_cannot_complete_goes_to_the_back"
    ],
    "3 PaddingFIFOQueue": [
        "queues:test_padding_fills_up_with_zeros_and_empty_strings",
        "queues:test_one_padded_element_is_not_padded_and_rows_of_a_batch_may_be",
    ],
    "3 PriorityQueue": [
        "queues:test_a_priority_queue_gives_the_lowest_first_and_keeps_the_order_of_equals",
        "queues:test_a_batch_of_a_priority_queue_is_taken_at_once",
    ],
    "3 shared queues": ["queues:test_queues_of_one_shared_name_are_one"],
    "3 attributes of shared queues": ["queues:test_queues_of_one_shared_name_must_agree"],
    "3 sessions do not share": ["queues:test_queues_of_one_shared_name_are_one"],
    "3 state survives": ["queues:test_random_shuffle_gives_tensorflows_order"],
    # ---- 4 readers ----
    "4 operations of readers": ["readers:test_what_readers_offer"],
    "4 TextLineReader": [
        "readers:test_lines",
        "readers:test_header_lines_are_skipped_and_counted",
    ],
    "4 WholeFileReader": ["readers:test_whole_files"],
    "4 IdentityReader": ["readers:test_items_as_records"],
    "4 TFRecordReader": ["readers:test_tfrecords"],
    "4 FixedLengthRecordReader": [
        "readers:test_records_of_fixed_length",
        "readers:test_records_of_fixed_length_are_decompressed",
    ],
    "4 supports_serialize": ["readers:test_what_readers_offer"],
    "4 work units": [
        "readers:test_the_end_of_a_file_is_noticed_with_the_next_read",
        "readers:test_items_as_records",
        "readers:test_whole_files",
    ],
    "4 failing read completes": ["readers:test_lines"],
    "4 read_up_to": ["readers:test_read_up_to_ends_with_the_file"],
    "4 reset": ["readers:test_reset_begins_anew"],
    "4 state": ["readers:test_state_is_tensorflows"],
    "4 queue closed and empty": ["readers:test_read_up_to_ends_with_the_file"],
    "4 file missing": ["readers:test_a_file_that_cannot_be_opened_is_skipped"],
    "4 queue type": ["readers:test_queues_of_the_wrong_kind"],
    "4 unsupported state": ["readers:test_most_readers_have_no_state"],
    "4 bad state": ["readers:test_bad_states"],
    "4 negative options": ["readers:test_negative_options"],
    "4 corrupt TFRecord": [
        "readers:test_a_damaged_tfrecord_stays_the_current_item",
        "readers:test_a_file_without_room_for_a_record_has_none",
    ],
    "4 after an error": [
        "readers:test_a_whole_file_that_is_missing_stays_the_current_item",
        "readers:test_a_file_that_cannot_be_opened_is_skipped",
    ],
    # ---- 5 queue runners ----
    "5 constructor": ["queue_runner:test_arguments_are_checked"],
    "5 defaults": ["queue_runner:test_closing_operations_are_made"],
    "5 create_threads": [
        "queue_runner:test_threads_are_named_and_made_once",
        "queue_runner:test_threads_are_no_daemons_and_not_started_unless_asked",
    ],
    "5 thread loop, end of the data": [
        "queue_runner:test_the_end_of_the_data_closes_the_queue",
        "queue_runner:test_the_queue_is_closed_by_the_last_thread",
        "queue_runner:test_a_queue_that_is_closed_already_is_no_error",
        "queue_runner:test_other_errors_may_mean_the_end",
    ],
    "5 thread loop, errors": [
        "queue_runner:test_an_error_reaches_the_coordinator",
        "queue_runner:test_without_coordinator_an_error_is_kept_and_raised",
        "queue_runner:test_a_closed_session_cancels",
    ],
    "5 close_on_stop": ["queue_runner:test_a_stop_cancels_threads_that_wait"],
    "5 start_queue_runners": [
        "queue_runner:test_all_runners_of_the_graph_are_started",
        "queue_runner:test_starting_without_runners_warns",
        "queue_runner:test_starting_wants_a_session",
    ],
    "5 messages": ["queue_runner:test_messages"],
    # ---- 6 coordinators ----
    "6 clean types": ["coordinator:test_clean_errors_only_stop"],
    "6 request_stop": [
        "coordinator:test_the_first_error_is_raised_by_join",
        "coordinator:test_an_error_keeps_its_traceback",
        "coordinator:test_an_error_is_logged",
    ],
    "6 request_stop after join": [
        "coordinator:test_after_joining_an_error_is_raised_at_once",
        "coordinator:test_after_joining_the_end_of_the_data_is_no_error",
    ],
    "6 should_stop, wait_for_stop, joined": ["coordinator:test_a_stop_is_seen_by_all"],
    "6 clear_stop": ["coordinator:test_clear_stop_forgets_everything"],
    "6 register_thread": ["coordinator:test_join_ends_when_the_threads_have_ended"],
    "6 raise_requested_exception": ["coordinator:test_the_first_error_is_raised_by_join"],
    "6 stop_on_exception": ["coordinator:test_stop_on_exception_reports_and_swallows"],
    "6 join": [
        "coordinator:test_join_ends_when_the_threads_have_ended",
        "coordinator:test_threads_that_do_not_stop_are_named",
        "coordinator:test_an_error_comes_before_threads_that_do_not_stop",
    ],
    "6 LooperThread": [
        "coordinator:test_a_looper_calls_until_the_stop",
        "coordinator:test_a_looper_calls_at_once_and_then_at_intervals",
        "coordinator:test_looper_arguments_are_checked",
    ],
    # ---- 7 input pipelines ----
    "7 names of producers": ["input:test_names_of_a_producer"],
    "7 without local_variables_initializer": [
        "input:test_a_variable_that_was_not_initialized_ends_the_pipeline"
    ],
    "7 epoch limit": ["input:test_limit_epochs", "input:test_strings_are_produced_in_epochs"],
    "7 empty list": ["input:test_empty_producers"],
    "7 names of batches": ["input:test_names_of_batches"],
    "7 summaries": ["input:test_summaries_of_how_full_queues_are"],
}

# Rule -> the public name that it needs and that is not there yet, as the README says.
ABSENT = {"4 LMDBReader": "LMDBReader"}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_shown_by_tests(rule):
    assert RULES[rule] or names_of_mistakes(rule, MISTAKES)
    assert unknown_tests(RULES[rule]) == []


def test_every_mistake_belongs_to_a_rule():
    assert unknown_rules(RULES, MISTAKES) == []


@pytest.mark.parametrize("rule", ABSENT)
def test_what_is_absent_gets_a_test_when_it_comes(rule):
    assert not hasattr(tf, ABSENT[rule])


def test_every_error_of_the_tables_of_errors_is_a_mistake():
    """Rules about errors alone are shown by class, text, operation, and what runs afterwards."""
    errors = {
        *("1 lengths", "1 partial shapes", "1 names", "1 padding without shapes"),
        *("1 min_after_dequeue", "1 from_list", "2 dicts", "2 static shapes"),
        *("2 batches need shapes", "2 negative and zero n", "2 checks of a run"),
        *("3 cancelled while blocked", "3 second close", "3 enqueue on closed"),
        *("3 kinds in texts", "3 dequeue on closed and empty", "3 dequeue_many on closed"),
        *("3 dequeue_up_to on closed", "3 names in texts", "3 attributes of shared queues"),
        *("4 queue closed and empty", "4 file missing", "4 queue type", "4 unsupported state"),
        *("4 bad state", "4 negative options", "4 corrupt TFRecord"),
        *("5 constructor", "5 thread loop, errors", "5 start_queue_runners"),
        *("6 join", "6 LooperThread"),
        *("7 without local_variables_initializer", "7 epoch limit", "7 empty list"),
    }
    assert [rule for rule in sorted(errors) if not names_of_mistakes(rule, MISTAKES)] == []
