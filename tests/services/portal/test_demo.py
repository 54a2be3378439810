"""The demo's staff: made up, one for each role and each handling service."""

from pathlib import Path

from chassis.testing import Room
from chassis.work import Work
from services.portal import accounts, demo, rules
from services.portal.service import PortalService


def test_every_role_has_somebody_and_every_mechanism_its_handler() -> None:
    staff = demo.demo_accounts()

    assert {role for one in staff for role in one.roles} == set(accounts.HUMAN_ROLES)
    handled = {service for one in staff if "handler" in one.roles for service in one.services}
    assert {"mediation", "enforcement", "hotline", "wage_recovery", "relief", "property"} <= handled


def test_no_name_could_be_a_real_persons() -> None:
    for one in demo.demo_accounts():
        assert one.name[-1] in "甲乙丙丁戊己庚"
        assert len(one.name) >= 4
        assert not rules.login_faults(one.login)


def test_adding_the_staff_twice_adds_them_once(tmp_path: Path) -> None:
    portal = Room(PortalService, tmp_path)
    counts = []
    for _ in range(2):
        with portal.database.write() as session:
            work = Work(session, portal.blueprint, portal.now)
            counts.append(demo.add_demo_accounts(work, "correct horse battery"))
            work.record()

    assert counts == [len(demo.demo_accounts()), 0]


def test_the_password_is_made_up_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = demo.demo_password(tmp_path)

    assert demo.demo_password(tmp_path) == made
    assert not rules.password_faults(made, login="desk")
    assert (tmp_path / "demo-password").stat().st_mode & 0o777 == 0o600
