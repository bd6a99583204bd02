"""The contract of sessions, rule by rule, with the tests that show each.

A rule is a numbered step, a row of a table or a bullet of the written contract: construction, life,
default stacks, interactive sessions, fetches, names, feeds, steps, callables, partial runs, tensor
handles, the rest of the API, the timeline, and how an operation that failed becomes an error. A
rule is shown by the tests that stand beside it, and by the mistakes of tests/mistakes/session.py
that name it: those are run by tests/test_mistakes.py. The contract of queues is in
tests/test_queue_rules.py.
"""

from __future__ import annotations

import pytest

from tests.mistakes.session import MISTAKES
from tests.rules import functions_of, names_of_mistakes, unknown_rules, unknown_tests

# Rule -> tests, as `module:function`; `session` stands for test_session and so on.
RULES: dict[str, list[str]] = {
    # ---- 1 construction ----
    "1 graph": [
        "session:test_bad_arguments",
        "session:test_properties",
        "session:test_the_graph_is_the_default_one_of_the_construction",
    ],
    "1 target": ["session:test_bad_arguments", "session:test_config_given_as_target"],
    "1 target as bytes": ["session:test_a_target_as_bytes"],
    "1 config": ["session:test_bad_arguments"],
    "1 devices are made by the constructor": ["session:test_bad_arguments"],
    "1 unknown target": ["session:test_bad_arguments", "session:test_a_target_as_bytes"],
    "1 graph_def, sess_str": [
        "session:test_properties",
        "session:test_shapes_in_graph_def",
        "session:test_the_graph_is_the_default_one_of_the_construction",
    ],
    "1 session_metadata": [
        "session:test_name_and_version_belong_to_one_open_session",
        "session:test_the_name_is_free_again_where_devices_cannot_be_made",
    ],
    "1 failed constructor": ["session:test_a_session_that_failed_to_be_made_is_collected"],
    # ---- 2 life ----
    "2 close": ["session:test_a_closed_session_refuses_to_run"],
    "2 run after close": ["session:test_a_closed_session_refuses_to_run"],
    "2 list_devices after close": ["session:test_devices_are_listed_after_close"],
    "2 make_callable after close": ["callables:test_after_close_and_after_reset"],
    "2 closed by reset": ["session:test_reset_clears_and_closes"],
    "2 empty graph": ["session:test_an_empty_graph_cannot_run"],
    "2 empty graph, callable": ["callables:test_on_an_empty_graph"],
    "2 __del__": ["session:test_a_dropped_session_is_collected"],
    "2 pending steps at close": [
        "session:test_closing_cancels_what_waits",
        "session:test_closing_ends_a_loop",
        "session:test_a_run_that_comes_too_late_to_be_cancelled",
        "queues:test_closing_the_session_ends_waiting_steps",
        "threads:test_closing_ends_32_busy_threads",
    ],
    "2 variables": ["session:test_variables_belong_to_the_session"],
    "2 with": [
        "session:test_with_makes_graph_and_session_the_default",
        "session:test_exceptions_pass_through_and_close",
        "session:test_a_block_that_ends_well_closes_in_its_own_thread",
    ],
    "2 with, an error and 30 seconds": [
        "session:test_an_error_is_not_held_up_by_a_session_that_does_not_close"
    ],
    "2 with, OpError is logged": ["session:test_an_exception_of_type_op_error_is_logged"],
    "2 with twice": ["session:test_with_makes_graph_and_session_the_default"],
    "2 with again": ["session:test_with_again_after_exit"],
    "2 as_default": ["session:test_as_default_does_not_close"],
    # ---- 3 default stacks ----
    "3 per thread": ["session:test_stacks_are_per_thread"],
    "3 get_default_session": ["session:test_with_makes_graph_and_session_the_default"],
    "3 nesting": [
        "session:test_nesting_of_defaults_is_checked",
        "session:test_nesting_of_default_graphs_is_checked",
    ],
    "3 reset_default_graph": ["session:test_the_default_graph_is_not_reset_inside_a_with"],
    "3 eval and run": ["session:test_eval_and_run_without_a_session"],
    # ---- 4 interactive sessions ----
    "4 becomes the default": [
        "session:test_interactive_session",
        "session:test_the_graph_of_an_interactive_session_is_the_default_one_where_it_is_given",
    ],
    "4 config": ["session:test_interactive_session"],
    "4 no context manager": ["session:test_interactive_sessions_are_no_context_managers"],
    "4 warning": ["session:test_interactive_session"],
    "4 close": ["session:test_interactive_session"],
    "4 out of order": ["session:test_interactive_sessions_closed_out_of_order"],
    # ---- 5 fetches ----
    "5.1 None": ["session:test_bad_fetches"],
    "5.2 list": [
        "session:test_every_structure_of_fetches",
        "session:test_containers_of_other_kinds",
    ],
    "5.3 tuple": [
        "session:test_every_structure_of_fetches",
        "session:test_containers_of_other_kinds",
    ],
    "5.4 mapping": [
        "session:test_every_structure_of_fetches",
        "session:test_containers_of_other_kinds",
    ],
    "5.5 attrs": ["session:test_every_structure_of_fetches"],
    "5.5 dataclasses (ours)": ["session:test_dataclass_objects_are_fetched"],
    "5.6 expansions": [
        "session:test_sparse_and_slices",
        "session:test_what_is_registered_is_asked_in_every_run",
    ],
    "5.7 leaves": [
        "session:test_every_structure_of_fetches",
        "session:test_names_and_elements_in_other_forms",
    ],
    "5 empty containers": ["session:test_every_structure_of_fetches"],
    "5 the same object": ["session:test_every_structure_of_fetches"],
    "5 scalars": ["session:test_every_structure_of_fetches"],
    "5 own data": ["session:test_fetched_arrays_are_the_callers_own"],
    "5 strings, bfloat16": ["session:test_words_and_extension_types"],
    "5 resource": ["session:test_a_resource_is_fetched_as_opaque_bytes"],
    "5 bad leaves": ["session:test_bad_fetches", "session:test_a_fetch_of_another_graph"],
    "5 prevent_fetching": ["session:test_prevent_fetching"],
    "5 dead values": ["partial_run:test_a_value_of_the_branch_that_was_not_taken"],
    # ---- 6 names ----
    "6 names": ["session:test_bad_fetches", "session:test_bad_feeds"],
    "6 other graph": ["session:test_a_fetch_of_another_graph"],
    "6 negative index": ["session:test_names_and_elements_in_other_forms"],
    # ---- 7 feeds ----
    "7 mapping": ["session:test_bad_feeds"],
    "7.1 nested keys": ["session:test_nested_feed_keys", "session:test_bad_feeds"],
    "7.2 expansion": ["session:test_sparse_and_slices"],
    "7.3 key": ["session:test_bad_feeds"],
    "7.4 Tensor as value": ["session:test_bad_feeds"],
    "7.5 int": ["session:test_an_int_that_does_not_fit", "session:test_words_as_feeds"],
    "7.6 conversion": ["session:test_feeds_convert"],
    "7.6 TensorHandle": ["handles:test_a_handle_is_fed_to_any_tensor"],
    "7.6 other libraries (ours)": [
        "session:test_arrays_of_other_libraries_are_fed",
        "session:test_arrays_of_a_device_of_the_session_stay_there",
    ],
    "7.7 shape": ["session:test_bad_feeds", "session:test_shape_is_checked_in_every_run"],
    "7.8 prevent_feeding": ["session:test_prevent_feeding"],
    "7 strings": ["session:test_feeds_convert", "session:test_words_as_feeds"],
    "7 everything is feedable": ["session:test_any_tensor_can_be_fed"],
    "7 feeding cuts the producer": ["session:test_feeding_cuts_the_producer_and_not_the_operation"],
    "7 fed and fetched": [
        "session:test_a_fed_tensor_that_is_fetched_is_the_fed_array",
        "session:test_where_all_fetches_are_fed_nothing_runs",
    ],
    "7 the last key wins": ["session:test_the_last_of_two_keys_for_a_tensor_wins"],
    "7 unfed placeholder": ["session:test_an_unfed_placeholder"],
    "7 resources are not fed": [],
    "7 dtype at the runtime": [
        "handles:test_another_dtype_is_refused",
        "callables:test_no_shape_check_and_no_conversion",
    ],
    "7 register_session_run_conversion_functions": [
        "session:test_registering_twice_and_bases",
        "session:test_what_is_registered_is_asked_in_every_run",
        "partial_run:test_registered_types_as_feeds",
    ],
    # ---- 8 a step ----
    "8 only what is needed": [
        "session:test_feeding_cuts_the_producer_and_not_the_operation",
        "partial_run:test_every_operation_runs_once",
    ],
    "8 concurrent runs": [
        "threads:test_32_threads_run_one_session",
        "generate:test_one_step_runs_in_many_threads",
        "generate:test_updates_from_many_threads_are_not_lost",
    ],
    "8 the whole graph is placed": [
        "place:test_unused_operations_are_placed_unless_the_graph_is_pruned",
        "place:test_each_signature_of_a_pruned_graph_is_placed_by_itself",
    ],
    "8 the first error wins": [
        "session:test_of_several_failures_on_one_device_the_first_is_raised",
        "session:test_state_changed_before_an_error_stays",
    ],
    "8 timeouts": [
        "tracing:test_timeout_of_a_run",
        "tracing:test_timeout_of_a_session",
        "tracing:test_timeout_of_partial_runs_and_callables",
    ],
    "8 thread pools": [
        "tracing:test_invalid_pool",
        "tracing:test_valid_pool",
        "tracing:test_more_pools",
    ],
    "8 metadata on errors": [
        "tracing:test_metadata_is_left_alone_on_errors",
        "tracing:test_timeout_leaves_the_metadata_alone",
    ],
    "8 metadata is replaced": [
        "tracing:test_metadata_is_replaced",
        "tracing:test_without_options_the_metadata_is_emptied",
    ],
    "8 step_stats": [
        "tracing:test_step_stats",
        "tracing:test_outputs",
        "tracing:test_levels",
        "tracing:test_every_device_has_its_stats",
        "tracing:test_times_of_gpus_are_their_own",
    ],
    "8 partition_graphs": ["tracing:test_partition_graphs"],
    "8 build_cost_model": ["tracing:test_costs_are_measured_every_so_many_runs"],
    "8 order": ["session:test_order_among_unordered_operations_is_creation_order"],
    "8 extending": ["session:test_a_cached_signature_is_not_compiled_again"],
    "8 changed operations": ["session:test_a_change_after_a_run_is_reported"],
    "8 static graphs": ["session:test_a_static_graph_is_not_extended"],
    "8 finalized graphs": ["session:test_a_finalized_graph_runs"],
    "8 step cache": ["session:test_equal_steps_are_compiled_once"],
    "8 options": ["session:test_where_all_fetches_are_fed_nothing_runs"],
    # ---- 9 callables ----
    "9 feed_list": ["callables:test_feed_list_is_a_list"],
    "9 with a list": [
        "callables:test_with_feeds_it_is_run",
        "callables:test_too_few_and_too_many_arguments",
        "callables:test_fetches_are_checked_when_made_without_feeds_and_when_called_with_feeds",
    ],
    "9 without feeds": [
        "callables:test_structures_without_feeds",
        "callables:test_options_without_feeds",
        "callables:test_nothing_is_looked_up_without_feeds",
    ],
    "9 raw errors": ["callables:test_errors_are_raw_without_feeds"],
    "9 a single handle": ["callables:test_a_single_handle_is_bytes_and_one_in_a_list_a_handle"],
    "9 CallableOptions": [
        "callables:test_positional_arguments_and_a_list",
        "callables:test_targets",
        "callables:test_run_metadata",
        "callables:test_arrays_stay_on_the_device",
    ],
    "9 errors of CallableOptions": [
        "callables:test_options_that_make_no_sense",
        "callables:test_the_number_of_arguments",
        "callables:test_strings_do_not_live_on_a_gpu",
        "callables:test_released_and_unknown_callables",
    ],
    "9 tensor_connection": [
        "callables:test_a_connection_stands_in_for_a_tensor",
        "callables:test_connections_in_a_chain",
    ],
    # ---- 10 partial runs ----
    "10 feeds of the setup": [
        "partial_run:test_one_feed_needs_no_list",
        "partial_run:test_a_key_that_is_no_tensor",
    ],
    "10 handle": ["partial_run:test_the_text_of_a_handle"],
    "10 starts at setup": ["partial_run:test_every_operation_runs_once"],
    "10 interleaving": ["partial_run:test_handles_interleave_with_each_other_and_with_runs"],
    "10 unknown handle": ["partial_run:test_a_used_up_or_unknown_handle"],
    "10 feeds and fetches that do not fit": [
        "partial_run:test_a_call_that_does_not_fit_leaves_the_handle_usable",
        "partial_run:test_a_fetch_again",
    ],
    "10 undeclared placeholder": ["partial_run:test_a_placeholder_that_was_not_declared"],
    "10 operations": [
        "partial_run:test_operations_are_fetched_in_the_setup_alone",
        "partial_run:test_targets_of_the_setup_run",
    ],
    "10 fed and fetched": ["partial_run:test_a_setup_that_makes_no_sense"],
    "10 feeds alone": ["partial_run:test_feeds_alone"],
    "10 no handle": ["partial_run:test_without_a_handle_it_is_run"],
    "10 released": [
        "partial_run:test_parts_are_compiled_once",
        "partial_run:test_a_session_forgets_partial_runs_that_are_over",
    ],
    "10 branches (ours)": [
        "partial_run:test_branches_whose_conditions_and_values_come_in_several_calls",
        "partial_run:test_a_branch_that_waits",
    ],
    "10 failed operation": [
        "partial_run:test_an_operation_that_fails_ends_the_handle_and_not_the_session"
    ],
    "10 session closed": [
        "partial_run:test_closing_ends_a_partial_run_that_waits",
        "partial_run:test_reset_ends_a_partial_run_that_waits",
        "partial_run:test_a_session_is_collected_though_a_partial_run_waits",
    ],
    # ---- 11 tensor handles ----
    "11 get_session_handle": [
        "handles:test_only_tensors_are_kept",
        "handles:test_the_text_of_a_handle",
    ],
    "11 TensorHandle": [
        "handles:test_eval_gives_the_callers_own_value",
        "handles:test_deleting",
        "handles:test_a_raw_handle_stays_until_it_is_deleted_by_its_text",
        "handles:test_to_numpy_array",
    ],
    "11 get_session_tensor": ["handles:test_reading_by_text"],
    "11 direct feed": [
        "handles:test_a_handle_is_fed_to_any_tensor",
        "handles:test_no_shape_check",
        "handles:test_another_dtype_is_refused",
    ],
    "11 other device": ["handles:test_kept_on_the_device_and_read_on_another"],
    "11 wrong dtype": ["handles:test_reading_as_another_dtype"],
    "11 unknown": ["handles:test_unknown_handles"],
    "11 collected": [
        "handles:test_collected_handles_release_at_once_and_leave_the_graph_alone",
        "handles:test_closing_releases",
    ],
    # ---- 12 the rest ----
    "12 list_devices": ["session:test_properties"],
    "12 list_local_devices": ["python_paths:test_local_devices"],
    "12 reset": [
        "session:test_reset_clears_and_closes",
        "session:test_reset_takes_names_and_an_unknown_target",
    ],
    "12 uninitialised variables": [
        "session:test_a_fetched_variable_without_value_names_the_fetch",
        "session:test_variables_belong_to_the_session",
    ],
    # ---- 13 timeline ----
    "13 processes": ["timeline:test_processes"],
    "13 operations, lanes": ["timeline:test_operations"],
    "13 flows": ["timeline:test_flows"],
    "13 tensors and memory": ["timeline:test_memory", "timeline:test_maximums"],
    "13 GPUs": ["timeline:test_gpus_have_rows_of_their_own"],
    "13 as TensorFlow": ["timeline:test_the_trace_of_a_run_of_tensorflow_is_the_same"],
    # ---- errors ----
    "errors 1 codes and classes": [
        "errors:test_class_and_code",
        "errors:test_errors_of_building_are_pythons",
    ],
    "errors 2 constructor, fields, pickling": [
        "errors:test_class_and_code",
        "errors:test_arguments_by_keyword",
    ],
    "errors 2 helpers": [
        "errors:test_code_without_class",
        "errors:test_class_without_code",
        "errors:test_status_raises_at_the_end_of_the_block",
    ],
    "errors 3.1 node in brackets": ["session:test_a_failing_operation_is_named_with_its_line"],
    "errors 3.2 placement tags": [
        "place:test_error_of_an_op_without_kernel",
        "errors:test_colocation_tag_tells_what_placed_the_node",
    ],
    "errors 3.3 several roots": [
        "session:test_failures_of_several_devices_are_summed_up",
        "session:test_of_several_failures_on_one_device_the_first_is_raised",
        "session:test_a_long_summary_is_cut",
    ],
    "errors 3.4 op and node_def": [
        "session:test_an_unfed_placeholder",
        "errors:test_failed_node_name",
    ],
    "errors 3.5 interpolation, NHWC": [
        "session:test_a_failing_operation_is_named_with_its_line",
        "session:test_the_hint_of_errors_about_nhwc",
    ],
    "errors 3.6 raw": ["callables:test_errors_are_raw_without_feeds"],
    "errors 3.7 no node": ["partial_run:test_a_used_up_or_unknown_handle"],
    "errors 4 stack in the text": [
        "errors:test_text_shows_where_the_op_was_made",
        "errors:test_text_shows_the_op_of_a_gradient_and_cuts_what_is_the_same",
        "errors:test_common_folder_is_cut_at_a_slash",
    ],
    "errors 5 tags": [
        "errors:test_node_tag_becomes_the_line_and_lists_its_inputs",
        "errors:test_unknown_nodes_and_types_stay_and_functions_go",
        "errors:test_colocation_tag_tells_what_placed_the_node",
    ],
    "errors 5 defined at": ["errors:test_defined_at_is_the_innermost_line_of_the_user"],
    "errors 5 inputs": ["errors:test_several_inputs_are_joined_by_tab_and_newline"],
    "errors 5 devices and colocations": [
        "errors:test_colocation_tag_tells_what_placed_the_node",
        "errors:test_colocation_tag_without_scopes",
    ],
    "errors 6 integer division": [],
    "errors 6 matmul": [],
    "errors 6 broadcasting": [],
    "errors 6 check_numerics": [],
    "errors 6 Assert": [],
    "errors 6 count_up_to": [],
    "errors 6 assign": [],
    "errors 6 gather": [],
    "errors 6 out of memory": ["session:test_device_memory_runs_out"],
    "8 py_func calls run": ["session:test_a_py_func_may_run_its_session"],
    "errors 6 py_func": ["errors:test_what_a_py_func_raises"],
    "errors, KeyboardInterrupt": [
        "session:test_a_keyboard_interrupt_leaves_the_session_usable",
        "session:test_an_interrupted_update_gives_its_locks_back",
        "session:test_an_interrupt_ends_the_threads_of_a_step",
    ],
}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_shown_by_tests(rule):
    assert RULES[rule] or names_of_mistakes(rule, MISTAKES)
    assert unknown_tests(RULES[rule]) == []


def test_every_mistake_belongs_to_a_rule():
    assert unknown_rules(RULES, MISTAKES) == []


def test_every_error_of_the_contract_is_a_mistake():
    """Rules with errors are shown by class, text, operation, and what runs afterwards."""
    errors = {
        *("1 graph", "1 target", "1 config", "1 devices are made by the constructor"),
        *("1 unknown target", "1 session_metadata", "2 run after close", "2 with twice"),
        *("2 make_callable after close", "2 closed by reset", "2 empty graph", "2 with again"),
        *("2 empty graph, callable", "3 reset_default_graph", "3 eval and run", "5.1 None"),
        *("5 bad leaves", "5 prevent_fetching", "5 dead values", "6 names", "6 other graph"),
        *("7 mapping", "7.1 nested keys", "7.3 key", "7.4 Tensor as value", "7.5 int"),
        *("7.6 conversion", "7.7 shape", "7.8 prevent_feeding", "7 strings"),
        *("7 feeding cuts the producer", "7 unfed placeholder", "7 dtype at the runtime"),
        *("7 resources are not fed", "7 register_session_run_conversion_functions"),
        *("8 finalized graphs", "8 static graphs", "8 options", "8 timeouts", "9 feed_list"),
        *("9 with a list", "9 without feeds", "9 raw errors", "9 errors of CallableOptions"),
        *("10 feeds of the setup", "10 unknown handle", "10 feeds and fetches that do not fit"),
        *("10 undeclared placeholder", "10 operations", "10 fed and fetched"),
        *("10 failed operation", "11 get_session_handle", "11 TensorHandle", "11 direct feed"),
        *("11 get_session_tensor", "11 wrong dtype", "11 unknown", "12 reset"),
        *("12 uninitialised variables", "errors 6 integer division", "errors 6 matmul"),
        *("errors 6 broadcasting", "errors 6 check_numerics", "errors 6 Assert"),
        *("errors 6 count_up_to", "errors 6 assign", "errors 6 gather"),
    }
    assert [rule for rule in sorted(errors) if not names_of_mistakes(rule, MISTAKES)] == []


def test_every_test_of_the_protocols_shows_a_rule():
    """A new test of callables, partial runs or handles says which rule it is about."""
    shown = {reference for references in RULES.values() for reference in references}
    extra = {
        # What only this implementation has: parts of a program, kernels on devices, threads.
        "callables:test_effects_happen_in_every_call",
        "callables:test_what_stays_on_the_device_is_no_variable",
        "callables:test_what_was_fed_on_a_gpu_may_change_after_the_call",
        "callables:test_partial_runs_take_arrays_of_a_gpu",
        "handles:test_a_handle_of_another_session",
        "handles:test_strings_and_scalars",
        "handles:test_the_second_version_of_the_op",
        "partial_run:test_a_step_in_two_calls",
        "partial_run:test_a_step_that_waits_does_not_hold_up_the_setup",
        "partial_run:test_a_value_read_stays_what_it_was",
        "partial_run:test_an_operation_waits_for_the_feed_of_its_control_input",
        "partial_run:test_control_edges_wait_for_their_feeds",
        "partial_run:test_identities_and_constants_as_fetches",
        "partial_run:test_on_a_device",
    }
    for module in ("callables", "handles", "partial_run"):
        tests = {f"{module}:{f}" for f in functions_of(module) if f.startswith("test_")}
        assert tests - shown - extra == set()
