from __future__ import annotations

from proofroom.domain.lint import remarks
from proofroom.domain.message import Image, Message, Placeholder, text_message
from proofroom.domain.version import Content, Variable


def rules(content: Content, *found: list[str]) -> list[tuple[str, int | None]]:
    return [(remark.rule, remark.message) for remark in remarks(content, found)]


def test_a_sound_prompt_has_no_remarks() -> None:
    content = Content(
        messages=(text_message("system", "Be kind."), text_message("user", "{{ mail }}")),
        variables=(Variable(name="mail"),),
    )
    assert rules(content, [], ["mail"]) == []


def test_a_prompt_without_messages_says_so() -> None:
    assert rules(Content()) == [("no_messages", None)]


def test_blank_messages_are_empty_and_pictures_are_not() -> None:
    picture = Message(role="user", parts=(Image(url="https://a.example/x.png"),))
    content = Content(messages=(text_message("system", " \n"), picture, Message(role="assistant")))
    assert rules(content) == [("empty_message", 0), ("empty_message", 2)]


def test_a_system_message_belongs_first_a_developer_message_too() -> None:
    content = Content(
        messages=(
            text_message("system", "a"),
            text_message("developer", "b"),
            text_message("user", "c"),
            text_message("system", "d"),
        )
    )
    assert rules(content) == [("system_not_first", 3)]


def test_the_same_speaker_twice_is_told_but_not_two_tool_results() -> None:
    tools = (text_message("tool", "1"), text_message("tool", "2"))
    content = Content(messages=(text_message("user", "a"), text_message("user", "b"), *tools))
    assert rules(content) == [("role_repeated", 1)]


def test_variables_are_held_to_their_declaration_once_each() -> None:
    content = Content(
        messages=(
            text_message("user", "…"),
            Message(role="user", parts=(Placeholder(name="past"),)),
        ),
        variables=(Variable(name="mail"), Variable(name="tone"), Variable(name="mail")),
    )
    found = remarks(content, [["mail", "topic", "topic"], ["topic"]])
    assert [(r.rule, r.message, r.variable) for r in found if r.variable] == [
        ("undeclared_variable", 0, "topic"),
        ("undeclared_variable", 1, "past"),
        ("unused_variable", None, "tone"),
        ("declared_twice", None, "mail"),
    ]


def test_a_prompt_that_declares_nothing_leaves_it_to_its_texts() -> None:
    assert rules(Content(messages=(text_message("user", "{{ x }}"),)), ["x"]) == []
