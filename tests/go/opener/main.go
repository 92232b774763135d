// Command opener reads and opens sealed bids of SBE/1, from the text of the format alone: no line of it is shared with the
// Python or the JavaScript implementation.  HPKE is opened by the standard library's and sealed by wrap.go's.
//
//	opener FILE...      files of the format "sbe/1 vectors"; kinds envelope, trustee, opening, policy
//
// An opening may have "keys" [{"j", "sk"}] beside its answers: what those trustees release is then found here too.  One line a
// case, "file id: ok" or what differs; other kinds are passed over.  Exits 0 (none differs), 1 (some do) or 2 (could not run).
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

type octets []byte

func (o *octets) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	*o = append(octets{}, raw...)
	return err
}

type plaintext struct {
	UTF8  *string `json:"utf8"`
	Hex   *octets `json:"hex"`
	Rule  string  `json:"rule"`
	Times int     `json:"times"`
	Label string  `json:"label"`
	Len   int     `json:"len"`
}

func (p plaintext) bytes() []byte {
	switch {
	case p.UTF8 != nil:
		return []byte(*p.UTF8)
	case p.Hex != nil:
		return *p.Hex
	case p.Rule == "squares":
		pattern := make([]byte, 65_536)
		for i := range pattern {
			pattern[i] = byte((i * i) >> 3)
		}
		return bytes.Repeat(pattern, p.Times)
	}
	var out []byte
	for i := uint64(0); len(out) < p.Len; i++ {
		digest := sha256.Sum256(cat([]byte(p.Label), u64(i)))
		out = append(out, digest[:]...)
	}
	return out[:p.Len]
}

type storedBody struct {
	Hex   *octets   `json:"hex"`
	Seed  octets    `json:"seed"`
	Plain plaintext `json:"plain"`
	Edits []struct {
		Op       string
		From, To int
	} `json:"edits"`
}

func leafSpan(raw []byte, number int) (int, int) {
	start := header + number*leafSize
	if number == 0 {
		start = 0
	}
	return start, min(len(raw), header+(number+1)*leafSize)
}

func (s *storedBody) bytes(ctx []byte, i int) []byte {
	if s == nil {
		return nil
	}
	if s.Hex != nil {
		return *s.Hex
	}
	raw := bodyOf(s.Seed, ctx, i).seal(s.Plain.bytes())
	for _, edit := range s.Edits {
		from, end := leafSpan(raw, edit.From)
		to, last := leafSpan(raw, edit.To)
		copy(raw[to:last], bytes.Clone(raw[from:end]))
	}
	return raw
}

type released struct {
	J     int    `json:"j"`
	Share octets `json:"share"`
	R     octets `json:"r"`
}

type keyed struct {
	J  int    `json:"j"`
	SK octets `json:"sk"`
}

type opening struct {
	Policy   octets        `json:"policy"`
	Envelope octets        `json:"envelope"`
	J        int           `json:"j"`
	SK       octets        `json:"sk"`
	Stored   []*storedBody `json:"stored"`
	Answers  struct {
		Releases   []released `json:"releases"`
		Seed       octets     `json:"seed"`
		Bidder     *released  `json:"bidder"`
		Complaints []keyed    `json:"complaints"`
	} `json:"answers"`
	Keys    []keyed `json:"keys"`
	Subsets [][]int `json:"subsets"`
}

type outcome = map[string]any

func verdict(text string) outcome { return outcome{"verdict": text} }

func readPolicy(in opening) outcome {
	p, err := parsePolicy(in.Policy)
	if err != nil {
		return verdict("bad-policy")
	}
	return outcome{"verdict": "ok", "k": p.k, "n": p.n(), "policy_hash": hex.EncodeToString(p.hash)}
}

func parsed(in opening) (*policy, *envelope) {
	p, err := parsePolicy(in.Policy)
	must(err)
	e, err := parseEnvelope(in.Envelope)
	must(err)
	return p, e
}

func readShare(in opening) outcome {
	p, e := parsed(in)
	found, _ := turn(p, e, in.J, in.SK)
	if found == nil {
		return verdict("complaint")
	}
	return outcome{"verdict": "release", "share": hex.EncodeToString(found.share), "r": hex.EncodeToString(found.r)}
}

func openCase(in opening) outcome {
	p, e := parsed(in)
	a := answers{seed: in.Answers.Seed}
	for _, r := range in.Answers.Releases {
		a.releases = append(a.releases, share{r.J, r.Share, r.R})
	}
	for _, k := range in.Keys {
		if found, _ := turn(p, e, k.J, k.SK); found != nil {
			a.releases = append(a.releases, *found)
		}
	}
	if b := in.Answers.Bidder; b != nil {
		a.half = &share{0, b.Share, b.R}
	}
	for _, c := range in.Answers.Complaints {
		a.complaints = append(a.complaints, proof{c.J, c.SK})
	}
	var stored [][]byte
	for i, s := range in.Stored {
		stored = append(stored, s.bytes(e.ctx, i))
	}
	subsets := in.Subsets
	if subsets == nil {
		return opened(p, e, a, stored)
	}
	var first outcome
	for _, subset := range subsets {
		some := a
		some.releases = nil
		for _, j := range subset {
			for _, r := range a.releases {
				if r.j == j {
					some.releases = append(some.releases, r)
				}
			}
		}
		out := opened(p, e, some, stored)
		if first != nil && !reflect.DeepEqual(first, out) {
			return verdict(fmt.Sprint(first["verdict"], " and ", out["verdict"]))
		}
		first = out
	}
	return first
}

func opened(p *policy, e *envelope, a answers, stored [][]byte) outcome {
	said, seed, plains := open(p, e, a, stored)
	if said != "opened" {
		return verdict(said)
	}
	var bodies []any
	for _, plain := range plains {
		digest := sha256.Sum256(plain)
		bodies = append(bodies, outcome{"len": len(plain), "sha256": hex.EncodeToString(digest[:])})
	}
	return outcome{"verdict": said, "seed": hex.EncodeToString(seed), "bodies": bodies}
}

// sealCase seals anew from the seed, then opens by the trustees' keys, any k of them, and by the seed.
func sealCase(raw json.RawMessage, out outcome) outcome {
	var in struct {
		Policy struct {
			Trustees []struct {
				SK octets `json:"sk"`
			} `json:"trustees"`
		} `json:"policy"`
		Seed   octets      `json:"seed"`
		Bodies []plaintext `json:"bodies"`
	}
	must(json.Unmarshal(raw, &in))
	of := func(name string) []byte {
		value, err := hex.DecodeString(out[name].(string))
		must(err)
		return value
	}
	p, err := parsePolicy(of("policy"))
	must(err)
	context := of("context")
	ctx := labelled("sbe/1 context", context)
	var lines []bodyLine
	var stored [][]byte
	for i, plain := range in.Bodies {
		b := bodyOf(in.Seed, ctx, i)
		ct := b.seal(plain.bytes())
		lines = append(lines, bodyLine{uint64(len(ct)), rootOf(ct), b.commitment(plain.bytes())})
		stored = append(stored, ct)
	}
	e, err := parseEnvelope(build(p, context, in.Seed, lines))
	must(err)
	var a answers
	for j, t := range in.Policy.Trustees {
		if found, _ := turn(p, e, j+1, t.SK); found != nil {
			a.releases = append(a.releases, *found)
		}
	}
	half := jointOf(in.Seed, ctx)
	a.half = &half
	if said, seed, _ := open(p, e, a, stored); p.modes&(modeT|modeJ) != 0 && (said != "opened" || !bytes.Equal(seed, in.Seed)) {
		return verdict("does not open by the trustees' keys: " + said)
	}
	id := hex.EncodeToString(labelled("sbe/1 envelope", e.raw))
	return outcome{"envelope": hex.EncodeToString(e.raw), "envelope_id": id, "policy_hash": hex.EncodeToString(p.hash)}
}

// differs tells where an outcome is not what the file wants; a verdict is compared whole, a sealing by what is told of it.
func differs(got, want outcome) string {
	left, _ := json.Marshal(got)
	var plain outcome
	must(json.Unmarshal(left, &plain))
	for name, value := range plain {
		if !reflect.DeepEqual(value, want[name]) {
			return fmt.Sprintf("%s: got %.200v, want %.200v", name, value, want[name])
		}
	}
	if _, judged := plain["verdict"]; judged && len(plain) != len(want) {
		return "other members"
	}
	return ""
}

type vector struct {
	ID   string          `json:"id"`
	Kind string          `json:"kind"`
	In   json.RawMessage `json:"in"`
	Out  outcome         `json:"out"`
}

func recompute(v vector) (result string) {
	defer func() {
		if trouble := recover(); trouble != nil {
			result = fmt.Sprint("trouble: ", trouble)
		}
	}()
	if v.Kind == "envelope" {
		return differs(sealCase(v.In, v.Out), v.Out)
	}
	kinds := map[string]func(opening) outcome{"policy": readPolicy, "trustee": readShare, "opening": openCase}
	var in opening
	must(json.Unmarshal(v.In, &in))
	return differs(kinds[v.Kind](in), v.Out)
}

func main() {
	bad := 0
	for _, path := range os.Args[1:] {
		raw, err := os.ReadFile(path)
		var file struct {
			Format string   `json:"format"`
			Cases  []vector `json:"cases"`
		}
		if err == nil {
			err = json.Unmarshal(raw, &file)
		}
		if err != nil || file.Format != "sbe/1 vectors" {
			fmt.Fprintln(os.Stderr, path, "is no file of sbe/1 vectors:", err)
			os.Exit(2)
		}
		for _, v := range file.Cases {
			if !strings.Contains(" envelope trustee opening policy ", " "+v.Kind+" ") {
				continue
			}
			told := recompute(v)
			if told != "" {
				bad++
			}
			fmt.Printf("%s %s: %s\n", filepath.Base(path), v.ID, map[bool]string{true: "ok", false: told}[told == ""])
		}
	}
	if bad > 0 {
		os.Exit(1)
	}
}
