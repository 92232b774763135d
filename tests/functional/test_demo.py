"""The whole journey by one command: played, replayed, verified elsewhere, and answered record by record."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from secrets import token_bytes

import pytest
from pypdf import PdfReader

from archive.verify import verify_pack
from trading import house
from trading.app import system_clock
from trading.cli.play import configured
from trading.demo import cast, run
from trading.intake import take

SAMPLES = Path(__file__).parents[1] / "vectors" / "ocds"
SUNLIT = [sys.executable, "-c", "from trading.cli import main; main()"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fictional demonstration, played once for all tests here."""
    folder = tmp_path_factory.mktemp("demo")
    out = folder / "out"
    done = subprocess.run([*SUNLIT, "demo", "--out", str(out)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (folder / "stdout").write_text(done.stdout, "utf-8")
    (folder / "stderr").write_text(done.stderr, "utf-8")
    return folder


def test_the_demonstration_ends_with_its_summary(played: Path) -> None:
    said = (played / "stdout").read_text("utf-8")
    assert "投标 5 份，开启 5 份；评委 5 人（抽取 4）；中标 " in said  # P1
    assert "投标 5 份，开启 4 份；评委 5 人（抽取 4）；中标 " in said  # P2: one could not decrypt
    assert "L0 pass L1 pass L2 pass L3 pass：没有差异" in said
    assert "证据包" in said and "PDF 12 份" in said


def test_progress_is_said_step_by_step(played: Path) -> None:
    steps = [line for line in (played / "stderr").read_text("utf-8").splitlines() if line.startswith("[")]
    assert len(steps) > 50
    assert [int(line[1:4]) for line in steps] == list(range(1, len(steps) + 1))


@pytest.mark.parametrize(
    "code", ["notice.deadline-too-early", "bid.unsealed", "bid.late", "tender.paused", "room.not-carried", "room.correction.open"]
)
def test_the_incidents_are_refused_with_their_codes(played: Path, code: str) -> None:
    assert code in (played / "stderr").read_text("utf-8")


def test_a_price_whose_capitals_say_other_than_its_figures_is_corrected_and_confirmed(played: Path) -> None:
    said = (played / "stderr").read_text("utf-8")
    assert "报价修正：小写 2580000.00 元与大写不一致，以大写 2850000.00 元为准（87号令 59(二)）" in said
    assert "投标人书面确认修正后的报价" in said


def test_two_bidders_of_one_brand_count_as_one(played: Path) -> None:
    said = (played / "stderr").read_text("utf-8")
    assert "2 家投标人核心产品品牌相同，按一家计算" in said
    assert "汇总排序：3 份有效，候选人 3 名" in said


def test_the_pack_verifies_in_another_folder_with_decisions(played: Path, tmp_path: Path) -> None:
    pack = tmp_path / "evidence.zip"
    pack.write_bytes((played / "out" / "evidence.zip").read_bytes())
    policy = tmp_path / "policy"
    policy.write_bytes((played / "out" / "policy").read_bytes())
    command = [*SUNLIT, "verify", str(pack), "--policy", str(policy)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""
    assert all(f"{level}: pass" in done.stderr for level in ("L0", "L1", "L2", "L3"))


def test_every_receipt_verifies_off_line(played: Path) -> None:
    policy = (played / "out" / "policy").read_bytes()
    receipts = sorted((played / "out" / "receipts").glob("*.tlog-proof"))
    assert len(receipts) == 11
    for receipt in receipts:
        assert verify_pack(receipt, policy=policy).clean, receipt


def test_every_draw_verifies_off_line_with_the_logs_receipts(played: Path) -> None:
    proofs = sorted((played / "out" / "draws").glob("*.json"))
    assert [p.name for p in proofs] == ["BS-2026-P1.1.json", "BS-2026-P2.1.json"]
    for proof in proofs:
        asked = [*SUNLIT, "verify", str(proof), "--policy", str(played / "out" / "policy")]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert (done.returncode, "log: ok" in done.stdout) == (0, True), done.stdout


def test_the_papers_are_whole_documents(played: Path) -> None:
    papers = sorted((played / "out" / "papers").glob("*.pdf"))
    assert len(papers) == 12
    texts = {paper.name: "".join(page.extract_text() for page in PdfReader(paper).pages) for paper in papers}
    record = next(text for name, text in texts.items() if "P2-开标记录" in name)
    assert "视为撤销" in record
    report = next(text for name, text in texts.items() if "P1-评标报告" in name)
    assert "不同意见" in report and "演示" in report


def test_the_public_pack_says_nothing_of_the_committee_before_its_disclosure_nor_why_it_withholds(played: Path) -> None:
    with zipfile.ZipFile(played / "out" / "evidence.zip") as pack:
        manifest = json.loads(pack.read("manifest.json"))
    assert {reason for _, _, reason in manifest["withheld"]} == {"undisclosed"}


def test_the_public_pack_does_not_hold_the_pool_of_experts(played: Path) -> None:
    with zipfile.ZipFile(played / "out" / "evidence.zip") as pack:
        whole = b"".join(pack.read(name) for name in pack.namelist())
        absent = json.loads(pack.read("manifest.json"))["blobs_absent"]
    assert absent and sum(f'"{e.id}"'.encode() in whole for e in cast.experts()) < 20  # those that were called and those named


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    command = [*SUNLIT, "demo", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "demo.folder" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_real_tenders_run_whole(tmp_path: Path) -> None:
    """Seventeen priced bids on five lots: sealed, submitted, opened, scored, with the file's amounts and times."""
    source, out = SAMPLES / "tenders-with-bids.json", tmp_path / "out"
    command = [*SUNLIT, "demo", "--input", str(source), "--out", str(out)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "L0 pass L1 pass L2 pass L3 pass：没有差异" in done.stdout
    assert "拒绝并记录在案 0 次" in done.stdout
    plans = run.plans_of(take(source.read_bytes()))
    platform = house.assemble(configured(out), system_clock, token_bytes)
    priced = {(plan.id, b.lot, b.amount, b.at) for plan in plans for b in plan.bids if b.amount is not None}
    opened = set()
    for plan in plans:
        for lot in platform.ledger.state(f"tender/{plan.id}").lots:
            opened |= {(plan.id, lot.spec.id, row.price, row.received_at) for row in lot.rows}
    platform.engine.dispose()
    assert opened == priced
    assert len(priced) == 17


def test_dirty_input_is_answered_record_by_record(tmp_path: Path) -> None:
    command = [*SUNLIT, "demo", "--input", str(SAMPLES / "dirty-input.json"), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert {int(line.split()[0].rsplit("/", 1)[1]) for line in done.stdout.splitlines()} == set(range(100))
    assert not (tmp_path / "out").exists()


def test_help_fits_a_screen_and_names_every_command() -> None:
    done = subprocess.run([*SUNLIT, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 30
    for command in ("demo", "serve", "replay", "verify", "trace", "bid"):
        assert command in done.stdout


def test_a_zip_of_the_same_log_has_the_same_bytes(played: Path) -> None:
    first = (played / "out" / "evidence.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(first)) as pack:
        assert pack.namelist() == sorted(pack.namelist())
        assert {i.date_time for i in pack.infolist()} == {(1980, 1, 1, 0, 0, 0)}
