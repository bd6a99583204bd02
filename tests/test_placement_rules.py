"""Device names and placement, rule by rule, with the tests that show each.

A rule is a row of a table, a numbered step, an error or a bullet of the written contract: the
grammars of device names, the stack of tf.device, colocation, the placer, its errors, its log, the
devices of a session, and what is copied between them.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from placement_graphs import GRAPHS

HERE = Path(__file__).parent

# Rule -> tests, as `module:function`. `graphs:name` is a graph of placement_graphs.py that is
# compared with TensorFlow's placement.
RULES: dict[str, list[str]] = {
    # ---- 1 the grammar of names ----
    "1 empty": ["device_spec:test_canonical_text", "device_spec:test_runtime_name"],
    "1 short forms of a CPU": ["device_spec:test_canonical_text", "graphs:explicit_requests"],
    "1 kind without index": ["device_spec:test_canonical_text", "graphs:partial_requests"],
    "1 lower case kind": [
        "device_spec:test_canonical_text",
        "graphs:a_lower_case_kind_of_the_runtime",
    ],
    "1 kind in long form without index": [
        "device_spec:test_malformed_text",
        "graphs:requests_of_the_runtime",
    ],
    "1 other kinds": ["device_spec:test_canonical_text", "graphs:a_missing_kind"],
    "1 wildcards": ["device_spec:test_runtime_name", "graphs:requests_of_the_runtime"],
    "1 numbers that are none": ["device_spec:test_malformed_text"],
    "1 leading zeros": ["device_spec:test_canonical_text", "device_spec:test_runtime_name"],
    "1 a part given twice": [
        "device_spec:test_canonical_text",
        "device_spec:test_malformed_text",
        "graphs:requests_of_the_runtime",
    ],
    "1 unknown parts": ["device_spec:test_malformed_text"],
    "1 extra slashes": [
        "device_spec:test_canonical_text",
        "device_spec:test_malformed_runtime_name",
    ],
    "1 malformed in a node": ["graphs:a_malformed_request", "place:test_a_malformed_request"],
    "1 DeviceSpec, parts": [
        "device_spec:test_constructor_converts",
        "device_spec:test_parts_can_be_set",
    ],
    "1 DeviceSpec, merging": [
        "device_spec:test_merging_lets_the_argument_win",
        "device_spec:test_replace",
    ],
    "1 DeviceSpec, equality": ["device_spec:test_equality_is_that_of_the_canonical_text"],
    "1 canonical name": ["device_spec:test_canonical_name_takes_specs_and_refuses_numbers"],
    # ---- 2 the stack of tf.device ----
    "2 arguments": ["graph:test_device_arguments_are_checked_on_entry"],
    "2 MergeDevice": [
        "device_spec:test_merge_device_fills_what_is_open",
        "device_spec:test_merge_device_checks_its_text_at_once",
    ],
    "2 per graph and thread": ["graph:test_scopes_of_devices_and_dependencies_belong_to_a_thread"],
    "2 inner wins part by part": [
        "graph:test_device_scopes_merge_from_the_inside_out",
        "graphs:nested_scopes",
    ],
    "2 None stops": [
        "graph:test_device_scopes_merge_from_the_inside_out",
        "graphs:nested_scopes",
    ],
    "2 empty specs are skipped": ["graph:test_a_spec_without_a_type_is_skipped"],
    "2 functions": [
        "graph:test_device_scopes_merge_from_the_inside_out",
        "graphs:device_functions",
    ],
    "2 a function that returns no device": ["graph:test_a_device_function_must_return_a_device"],
    "2 wrong order of leaving": ["graph:test_device_scopes_are_left_in_order"],
    "2 colocate_with beats devices": [
        "graph:test_colocation_takes_group_and_device_of_its_targets",
        "graphs:colocation",
    ],
    "2 ignore_existing": [
        "graph:test_colocation_takes_group_and_device_of_its_targets",
        "graphs:colocation_with_several",
    ],
    "2 colocate_with None": ["graph:test_colocation_with_none_needs_ignore_existing"],
    "2 colocation_groups": ["graph:test_colocation_takes_group_and_device_of_its_targets"],
    "2 reference variables": ["graphs:reference_variables", "graphs:slots_of_an_optimizer"],
    "2 resource variables": ["graphs:resource_variables"],
    # ---- 3 the placer ----
    "3 a pure function": ["place:test_placing_changes_nothing_and_gives_the_same_again"],
    "3 the whole graph": [
        "place:test_unused_operations_are_placed_unless_the_graph_is_pruned",
        "graphs:what_is_not_needed_counts",
    ],
    "3 after an extension": [
        "place:test_what_has_a_state_stays_and_the_rest_is_placed_anew",
        "placed_graph:test_a_graph_that_grows_is_placed_as_a_whole",
        "graphs:a_graph_that_grows",
        "graphs:a_graph_that_grows_by_a_colocation",
    ],
    "3 stateful operations stay": [
        "place:test_what_was_placed_before_stays",
        "graphs:a_stateful_operation_stays",
    ],
    "3 place_pruned_graph": [
        "place:test_each_signature_of_a_pruned_graph_is_placed_by_itself",
        "graphs:only_what_is_needed",
    ],
    "3 graph surgery": ["place:test_graph_surgery_after_a_run"],
    "3 kinds in order": [
        "place:test_the_first_gpu_is_the_default",
        "place:test_without_gpus_everything_is_on_the_first_cpu",
        "graphs:nothing_requested",
    ],
    "3 devices of a kind in order": ["place:test_devices_of_a_kind_are_ordered_as_text"],
    "3 resource devices are fixed": [
        "graphs:a_variable_colocated_elsewhere_softly",
        "graphs:two_resources_apart_softly",
    ],
    "3.1 kernels and requests": [
        "place:test_error_of_an_op_without_kernel",
        "place:test_a_malformed_request",
    ],
    "3.2 reference and resource edges": [
        "place:test_references_share_a_device",
        "place:test_resources_share_a_device",
        "graphs:queues",
        "graphs:a_reader_without_request_stays_with_its_reference",
        "graphs:two_resources_one_without_request",
    ],
    "3.3 classes": [
        "place:test_classes_share_a_device",
        "graphs:colocation",
        "graphs:colocation_with_what_is_colocated",
        "graphs:colocation_with_a_name_that_comes_later",
    ],
    "3.3 a class that names nobody": [
        "place:test_a_missing_colocation_target_is_no_error",
        "graphs:colocation_with_a_missing_name",
    ],
    "3.3 dropped softly": ["graphs:conflicting_jobs_softly"],
    "3.4 merging requests": ["graphs:colocation_joins_partial_requests"],
    "3.4 kind and index give way softly": [
        "graphs:conflicting_indices_softly",
        "graphs:conflicting_kinds_softly",
        "device_spec:test_soft_merge_opens_kind_and_index_only",
    ],
    "3.4 kinds intersect": ["place:test_one_member_without_a_kernel_takes_its_group_along"],
    "3.5 generators wait": [
        "graphs:generators_that_are_colocated",
        "graphs:a_generator_before_its_colocated_operation",
        "graphs:a_generator_colocated_with_another_operation",
        "graphs:a_generator_that_nobody_reads",
    ],
    "3.5 metadata": [
        "place:test_metadata_stays_beside_its_input",
        "graphs:metadata_beside_its_input",
        "graphs:metadata_of_a_generator",
    ],
    "3.6 candidates": ["place:test_explicit_and_partial_requests", "graphs:explicit_requests"],
    "3.6 soft placement": [
        "place:test_a_missing_device",
        "graphs:a_missing_index_softly",
        "graphs:a_missing_gpu_softly",
        "graphs:a_missing_kind_softly",
    ],
    "3.6 resources give way last": [
        "place:test_a_variable_without_kernel_for_its_device_moves_and_that_is_logged",
        "placement_report:test_variables_that_move_are_reported_once_for_all",
        "graphs:a_missing_index_of_a_variable_softly",
    ],
    "3.6 job, replica and task never": [
        "place:test_soft_placement_never_changes_the_job",
        "graphs:a_missing_job_softly",
        "graphs:a_missing_task_softly",
    ],
    "3.7 generators follow consumers": [
        "place:test_generators_follow_their_consumers",
        "graphs:a_generator_beside_its_consumers",
        "graphs:a_generator_of_consumers_apart",
        "graphs:a_generator_with_a_request",
        "graphs:a_generator_with_a_partial_request",
        "graphs:a_placeholder_is_a_generator",
        "graphs:control_edges_count_as_consumers",
    ],
    "3 consequences: GPU:0": ["place:test_the_first_gpu_is_the_default"],
    "3 consequences: int32": ["place:test_int32_arithmetic_is_placed_on_the_gpu"],
    "3 consequences: ops of the CPU": ["place:test_what_has_no_gpu_kernel_goes_to_the_cpu"],
    "3 consequences: constants": ["place:test_a_constant_for_the_cpu_alone_is_there"],
    "3 consequences: one GPU": ["place:test_devices_of_a_kind_are_ordered_as_text"],
    "3 soft placement, no kernel": ["place:test_strings_have_no_gpu_kernel"],
    "3 control flow": ["graphs:a_loop", "graphs:a_loop_on_a_device", "graphs:a_condition"],
    "3 reasons": ["place:test_a_missing_device", "place:test_strings_have_no_gpu_kernel"],
    # ---- errors ----
    "E1 no kernel": ["place:test_error_of_an_op_without_kernel"],
    "E2 names that do not merge": [
        "place:test_colocation_conflicts",
        "graphs:conflicting_indices",
        "graphs:conflicting_jobs",
        "graphs:conflicting_replicas",
        "graphs:conflicting_tasks",
        "graphs:conflicting_kinds",
        "graphs:a_conflict_among_three",
        "device_spec:test_merge_refuses_what_differs",
    ],
    "E3 no kind in common": ["place:test_error_of_kernels_that_have_no_kind_in_common"],
    "E4a missing device": [
        "graphs:a_missing_index",
        "graphs:a_missing_job",
        "graphs:a_missing_kind",
        "graphs:a_missing_device_of_a_variable",
        "graphs:a_missing_device_of_a_generator",
    ],
    "E4a without CUDA": ["place:test_a_missing_gpu_without_any", "graphs:a_missing_gpu"],
    "E4a the first that is reached": ["graphs:a_missing_gpu", "graphs:a_missing_device_of_a_group"],
    "E4b no kernel there": ["place:test_error_of_a_gpu_without_kernel"],
    "E4c the group asks otherwise": [
        "place:test_error_of_a_group_that_asks_otherwise",
        "graphs:a_missing_device_in_a_group",
    ],
    "E5 references apart": ["graphs:two_references_apart", "graphs:two_resources_apart"],
    "E6 a reference that cannot be followed": [
        "place:test_error_of_a_reference_that_cannot_be_followed"
    ],
    "errors stay": ["place:test_a_graph_that_cannot_be_placed_fails_in_every_run"],
    # ---- 4 log_device_placement ----
    "4 device mapping": [
        "session:test_placement_is_logged_once",
        "place:test_devices_without_a_description_are_not_in_the_mapping",
    ],
    "4 a line for each operation": ["place:test_what_is_new_is_logged_and_generators_come_last"],
    # ---- 5 the devices of a session ----
    "5 number of CPUs": [
        "devices:test_no_cpu_is_refused",
        "devices:test_cpus_come_first_and_every_session_has_new_incarnations",
    ],
    "5 CPU memory_limit": ["devices:test_cpu_device"],
    "5 number of GPUs": [
        "devices:test_device_count_caps_gpus",
        "devices_visible:test_what_a_session_has",
    ],
    "5 order": ["devices:test_cpus_come_first_and_every_session_has_new_incarnations"],
    "5 incarnation": ["devices:test_incarnations_are_signed_64_bit_and_differ"],
    "5 physical_device_desc": ["devices:test_cuda_and_nvml_are_matched_by_bus_id"],
    "5 line at the start": ["devices:test_created_devices_are_logged"],
    "5 GPU options without GPUs": ["devices:test_gpu_options_are_ignored_without_gpu"],
    "5 list_local_devices": [
        "devices:test_local_devices_of_real_cards",
        "python_paths:test_local_devices",
    ],
    "5 CUDA_VISIBLE_DEVICES": [
        "devices_visible:test_cuda_visible_devices",
        "devices_visible:test_any_list_of_entries",
        "devices_visible:test_any_list_of_entries_on_a_machine_with_mig",
        "devices_visible:test_the_variable_counts_that_is_set_before_the_first_session",
    ],
    "5 CUDA_DEVICE_ORDER": ["devices_visible:test_any_order_of_cards"],
    "5 visible_device_list": [
        "devices:test_visible_device_list_permutes",
        "devices_visible:test_visible_device_list",
        "devices_visible:test_what_a_session_has",
    ],
    "5 visible_device_list, errors": ["devices_visible:test_visible_device_list_errors"],
    "5 other lists in other sessions (ours)": [
        "devices_visible:test_two_sessions_of_a_process_have_their_own_lists"
    ],
    "5 virtual_devices": [
        "devices:test_virtual_devices",
        "devices_visible:test_virtual_devices_of_a_session",
    ],
    "5 virtual_devices, errors": [
        "devices:test_virtual_devices_that_do_not_fit",
        "devices:test_virtual_devices_and_fraction_exclude_each_other",
    ],
    "5 memory limit": ["devices:test_memory_fraction", "devices_memory:test_limit"],
    "5 reserve": ["devices_memory:test_reserve_of_the_system"],
    "5 unified memory": ["devices_memory:test_unified_memory_is_refused"],
    "5 growth": ["devices_memory:test_growth"],
    "5 allocator_type": ["devices:test_unknown_allocator"],
    "5 state of the driver": [
        "devices:test_every_state_of_the_driver_gives_a_session_and_one_line"
    ],
    # ---- 6 memory and transfers ----
    "6 host memory": [
        "place:test_arguments_in_host_memory",
        "place:test_int32_works_on_the_host_and_int64_does_not",
    ],
    "6 int32 variables": ["place:test_int32_variables_have_no_gpu_kernel"],
    "6 a value crosses once": [
        "data_parallel:test_every_tower_is_on_its_gpu_and_a_value_is_copied_once"
    ],
    "6 between GPUs": [
        "devices_gpu:test_copy_between_gpus_orders_both_streams",
        "devices_gpu:test_copy_between_parts_of_a_card",
        "devices_gpu:test_peer_access_is_asked_for_once_and_each_way",
    ],
    "6 feeds and fetches": [
        "devices_gpu:test_pinned_buffers_of_feeds_are_kept_until_their_copy_has_ended_and_reused",
        "devices_gpu:test_several_fetches_wait_once",
    ],
    "6 strings stay on the host": [
        "devices_gpu:test_strings_stay_on_the_host",
        "devices:test_strings_do_not_enter_a_gpu",
    ],
    "6 feeds and fetches on a device": ["callables:test_arrays_stay_on_the_device"],
    "6 resource containers": ["session:test_containers_of_other_kinds"],
    "6 several devices compute as one": [
        "data_parallel:test_two_simulated_gpus",
        "data_parallel:test_two_virtual_gpus_of_a_card",
    ],
}


def functions_of(module: str) -> set[str]:
    if module == "graphs":
        return set(GRAPHS)
    tree = ast.parse((HERE / f"test_{module}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_shown_by_tests(rule):
    assert RULES[rule]
    for reference in RULES[rule]:
        module, _, function = reference.partition(":")
        assert function in functions_of(module), reference


def test_every_test_of_placement_shows_a_rule():
    """A new graph, and a new test of the placer, says which rule it is about."""
    shown = {reference for references in RULES.values() for reference in references}
    graphs = {f"graphs:{name}" for name in GRAPHS}
    tests = {f"place:{name}" for name in functions_of("place") if name.startswith("test_")}
    assert (graphs | tests) - shown == set()
