"""What cannot pass on Windows, or under Wine, with its reason.

A listed test is left out; any other that fails is a fault of the program, or belongs here with a reason.
"""

from pathlib import Path

from tests.wine.prefix import ROOT

NOT_THERE: dict[str, tuple[str, ...]] = {
    "a cluster's nodes run Linux": (
        "tests/unit/test_cluster_live.py::test_a_part_that_ends_while_it_is_waited_for_is_started_again",
        "tests/unit/test_cluster_live.py::test_what_ends_with_an_error_is_started_again",
        "tests/unit/test_cluster_live.py::test_what_is_asked_of_the_demo_and_not_done_ends_with_an_error",
        "tests/unit/test_cluster_plan.py",
        "tests/server/test_health.py::test_a_comparison_of_nodes_tells_whose_key_one_does_not_know",
    ),
    "Windows removes and renames no file that is open, so what is tried here cannot come about": (
        "tests/server/test_starting.py::test_a_lock_removed_beneath_a_server_lets_no_second_one_in",
        "tests/server/test_starting.py::test_a_server_gives_way_to_whoever_took_its_lock",
        "tests/unit/test_data_directory.py::test_a_lock_whose_file_was_removed_is_held_again",
        "tests/unit/test_data_directory.py::test_a_lock_that_another_took_meanwhile_is_lost",
        "tests/unit/test_log_lines.py::test_a_file_that_cannot_be_renamed_grows",
        "tests/unit/test_log_lines.py::test_a_file_that_is_full_becomes_an_older_one_and_the_oldest_goes",
    ),
    "which of the reasons Windows gives for a name or a folder it does not take is another one; a sentence is said": (
        "tests/unit/test_data_directory.py::test_a_file_in_the_folder_s_place_is_a_sentence",
        "tests/unit/test_backups.py::test_a_name_that_the_disk_does_not_take_is_a_sentence",
    ),
    "it makes another system look like Windows; there every module is imported by the tests of it": (
        "tests/unit/test_importing_on_windows.py",
    ),
    "packages are made where git is, on Linux": (
        "tests/unit/test_release.py::test_the_product_is_what_the_repository_knows_of_it",
        "tests/unit/test_release.py::test_what_a_start_loads_is_known_and_goes_along",
    ),
    "a limit of open files is not set there": ("tests/server/test_attacks.py", "tests/server/test_crowds.py"),
    "a server and its workers are ended and frozen together, by signals that Linux alone has": (
        "tests/clients/test_two_people.py",
    ),
    "Wine is slow and comes to the longest that reading may take before the most that it may hold; both are said": (
        "tests/clients/test_real_lists.py::test_a_workbook_that_was_made_to_grow_ends_in_a_sentence",
        "tests/clients/test_kinds_of_files.py::test_what_was_made_to_grow_ends_soon_in_a_sentence",
    ),
    "clocks tick every 15.6 ms there, which is longer than what is measured": (
        "tests/unit/test_versions.py::test_who_can_wait_takes_the_last_look_up_to_its_age",
        "tests/unit/test_versions.py::test_nobody_is_kept_from_what_this_process_has_changed",
        "tests/unit/test_versions.py::test_what_came_with_a_commit_serves_whoever_comes_next",
        "tests/unit/test_versions.py::test_what_was_read_while_a_commit_was_under_way_serves_nobody_after_it",
        "tests/unit/test_redaction.py::test_four_times_the_text_costs_four_times_the_time_whatever_it_is_made_of",
    ),
}
"""Tests, or files of them, by the reason why they are left out."""


def leave_out() -> list[str]:
    """The options of pytest."""
    return [
        option
        for tests in NOT_THERE.values()
        for test in tests
        for option in (f"--deselect={test}", f"--ignore={test}")
        if ("::" in test) == option.startswith("--deselect")
    ]


def list_missing(root: Path = ROOT) -> list[str]:
    """What is listed and is no test any more."""
    missing = []
    for test in (test for tests in NOT_THERE.values() for test in tests):
        file, _, name = test.partition("::")
        path = root / file
        if not path.is_file() or f"def {name}" not in path.read_text("utf-8"):
            missing.append(test)
    return missing
