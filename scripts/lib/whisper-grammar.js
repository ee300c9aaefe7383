#!/usr/bin/env node
/**
 * Teaches whisper.cpp 1.9.1's server to hear under a grammar (docs/decisions/second-hearing.md): the form fields
 * `grammar` (GBNF, start rule `root`), `grammar_penalty` and `max_tokens`, and two figures per segment, `logprob` and
 * `logprob_tokens`. A request without the fields is decoded as before. Sound that was encoded last is not encoded again.
 *
 * usage: whisper-grammar.js SOURCE_FOLDER
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `at` must be in the file exactly once; `becomes` takes its place. */
const EDITS = {
  'src/whisper.cpp': [
    {
      what: 'the probabilities stay those of the model, so that they can be compared with free hearing',
      at: `                    whisper_suppress_invalid_grammar(ctx, params, logits, decoder.grammar);

                    // populate the logprobs array (log_softmax)
                    {`,
      becomes: `                    logits = logprobs;
                    whisper_suppress_invalid_grammar(ctx, params, logits, decoder.grammar);
                    logprobs = logits;
                    if (false) {`,
    },
    {
      what: 'the tokens that the grammar allows, the likeliest first and no more than are needed',
      at: `    for (whisper_token id = 0; id < eot; ++id) {
        const std::string & text = ctx.vocab.id_to_token[id];
        if (!text.empty()) {
            candidates_decoded.push_back(decode_utf8(text.c_str(), grammar.partial_utf8));
            candidates_grammar.push_back({ id, candidates_decoded.back().first.data(), candidates_decoded.back().second });
        }
    }

    const auto rejects = whisper_grammar_reject_candidates(grammar.rules, grammar.stacks, candidates_grammar);

    for (const auto & reject : rejects) {
        logits[reject.id] -= params.grammar_penalty;
    }
`,
      becomes: `    std::vector<float> own(logits.begin(), logits.begin() + eot);
    std::vector<whisper_token> order(eot);
    for (whisper_token id = 0; id < eot; ++id) {
        order[id] = id;
        logits[id] -= params.grammar_penalty;
    }
    bool whole = false;
    for (const auto & stack : grammar.stacks) {
        whole = whole || stack.empty();
    }
    size_t allowed = whole ? 1 : 0;
    for (size_t from = 0, step = 256; from < order.size() && allowed < (from <= 256 ? 16 : 1); from += step, step *= 8) {
        const size_t to = std::min(order.size(), from + step);
        std::partial_sort(order.begin() + from, order.begin() + to, order.end(),
            [&](whisper_token a, whisper_token b) { return own[a] > own[b]; });
        candidates_decoded.clear();
        candidates_grammar.clear();
        for (size_t k = from; k < to; ++k) {
            const std::string & text = ctx.vocab.id_to_token[order[k]];
            if (text.empty()) {
                continue;
            }
            candidates_decoded.push_back(decode_utf8(text.c_str(), grammar.partial_utf8));
            candidates_grammar.push_back({ order[k], candidates_decoded.back().first.data(), candidates_decoded.back().second });
            logits[order[k]] = own[order[k]];
            allowed++;
        }
        for (const auto & reject : whisper_grammar_reject_candidates(grammar.rules, grammar.stacks, candidates_grammar)) {
            logits[reject.id] -= params.grammar_penalty;
            allowed--;
        }
    }
    if (!whole) {
        logits[eot] -= params.grammar_penalty;
    }
`,
    },
    {
      what: 'beams are the likeliest tokens, not drawn ones',
      at: `    for (int i = 0; i < k; ++i) {
        const auto id = dist(decoder.rng);`,
      becomes: `    for (int i = 0; i < k; ++i) {
        const auto id = decoder.grammar.rules.empty() ? dist(decoder.rng) : logits_id[i].second;`,
    },
    {
      what: 'sound that was encoded last is not encoded again',
      at: `            ggml_backend_tensor_set(mel, wstate.inp_mel.data(), 0, ggml_nelements(mel)*sizeof(float));
`,
      becomes: `            if (wstate.inp_mel == wstate.encoded_mel) {
                ggml_backend_sched_reset(sched);
                return true;
            }
            wstate.encoded_mel.clear();

            ggml_backend_tensor_set(mel, wstate.inp_mel.data(), 0, ggml_nelements(mel)*sizeof(float));
`,
    },
    {
      what: 'what was encoded last, which says how much of the window too',
      at: `    wstate.t_encode_us += ggml_time_us() - t_start_us;
    wstate.n_encode++;

    return !(abort_callback`,
      becomes: `    wstate.t_encode_us += ggml_time_us() - t_start_us;
    wstate.n_encode++;
    wstate.encoded_mel = wstate.inp_mel;

    return !(abort_callback`,
    },
    {
      what: 'the probability that nobody spoke is asked where the transcript begins, prompt or not',
      at: `                whisper_batch_prep_legacy(state->batch, prompt.data(), prompt.size(), 0, 0);

                if (!whisper_decode_internal(*ctx, *state, state->batch, params.n_threads, false,`,
      becomes: `                whisper_batch_prep_legacy(state->batch, prompt.data(), prompt.size(), 0, 0);
                const size_t sot = prompt.size() - prompt_init.size();
                state->batch.logits[sot] = 1;

                if (!whisper_decode_internal(*ctx, *state, state->batch, params.n_threads, false,`,
    },
    {
      what: 'the figures of that place',
      at: `                    whisper_compute_logprobs(state->logits, n_logits, logprobs);
                    whisper_compute_probs(state->logits, n_logits, logprobs, probs);
                    state->no_speech_prob`,
      becomes: `                    const auto row = state->logits.begin() + sot*ctx->model.hparams.n_vocab;
                    const std::vector<float> logits(row, row + n_logits);
                    whisper_compute_logprobs(logits, n_logits, logprobs);
                    whisper_compute_probs(logits, n_logits, logprobs, probs);
                    state->no_speech_prob`,
    },
    {
      what: 'every sentence that was still followed at the end',
      at: `                WHISPER_LOG_DEBUG("%s: best decoder = %d\\n", __func__, best_decoder_id);
            }
`,
      becomes: `                WHISPER_LOG_DEBUG("%s: best decoder = %d\\n", __func__, best_decoder_id);

                state->alternatives.clear();
                for (int j = 0; j < n_decoders_cur && params.grammar_rules != nullptr; ++j) {
                    whisper_state::alternative found;
                    for (const auto & token : state->decoders[j].sequence.tokens) {
                        if (token.id > whisper_token_eot(ctx)) {
                            continue;
                        }
                        found.logprob += token.plog;
                        found.tokens++;
                        if (token.id < whisper_token_eot(ctx)) {
                            found.text += ctx->vocab.id_to_token.at(token.id);
                        }
                    }
                    if (!state->decoders[j].failed) {
                        state->alternatives.push_back(found);
                    }
                }
            }
`,
    },
    {
      what: 'the way to them',
      at: `int whisper_full_n_segments(struct whisper_context * ctx) {
`,
      becomes: `int whisper_full_n_alternatives(struct whisper_context * ctx) {
    return ctx->state->alternatives.size();
}

const char * whisper_full_get_alternative(struct whisper_context * ctx, int i, float * logprob, int * tokens) {
    const auto & found = ctx->state->alternatives[i];
    *logprob = found.logprob;
    *tokens = found.tokens;
    return found.text.c_str();
}

int whisper_full_n_segments(struct whisper_context * ctx) {
`,
    },
    {
      what: 'the place for it',
      at: '    std::vector<float> inp_mel;\n',
      becomes: `    std::vector<float> inp_mel;
    std::vector<float> encoded_mel;

    struct alternative {
        std::string text;
        float logprob = 0.0f;
        int tokens = 0;
    };
    std::vector<alternative> alternatives;
`,
    },
    {
      what: 'beams that differ from the first token on',
      at: 'whisper_sequence_tokens_equal(beam_candidates[cur_c].sequence, cur.sequence) && i > 0)',
      becomes:
        'whisper_sequence_tokens_equal(beam_candidates[cur_c].sequence, cur.sequence) && (i > 0 || !cur.grammar.rules.empty()))',
    },
  ],
  'include/whisper.h': [
    {
      what: 'the sentences that a grammar left, their logarithms of probability and numbers of tokens',
      at: `    WHISPER_API int whisper_full_n_segments           (struct whisper_context * ctx);
`,
      becomes: `    WHISPER_API int whisper_full_n_alternatives(struct whisper_context * ctx);
    WHISPER_API const char * whisper_full_get_alternative(struct whisper_context * ctx, int i, float * logprob, int * tokens);
    WHISPER_API int whisper_full_n_segments           (struct whisper_context * ctx);
`,
    },
  ],
  'examples/server/server.cpp': [
    { what: 'the parser', at: '#include "common.h"\n', becomes: '#include "common.h"\n#include "grammar-parser.h"\n' },
    {
      what: 'the parameters',
      at: '    std::string language               = "en";\n',
      becomes: `    std::string language               = "en";
    std::string grammar                = "";
    float       grammar_penalty        = 100.0f;
    int32_t     max_tokens             = 0;
`,
    },
    {
      what: 'the form fields',
      at: '    if (req.has_file("prompt"))\n',
      becomes: `    if (req.has_file("grammar"))
    {
        params.grammar = req.get_file_value("grammar").content;
    }
    if (req.has_file("grammar_penalty"))
    {
        params.grammar_penalty = std::stof(req.get_file_value("grammar_penalty").content);
    }
    if (req.has_file("max_tokens"))
    {
        params.max_tokens = std::stoi(req.get_file_value("max_tokens").content);
    }
    if (req.has_file("prompt"))
`,
    },
    {
      what: 'the grammar that was parsed last',
      at: '    std::mutex whisper_mutex;\n',
      becomes: `    std::mutex whisper_mutex;
    std::string grammar_text;
    grammar_parser::parse_state grammar_parsed;
`,
    },
    {
      what: 'the refusal of a wrong grammar',
      at: '        get_req_parameters(req, params);\n',
      becomes: `        get_req_parameters(req, params);
        if (!params.grammar.empty() && params.grammar != grammar_text)
        {
            grammar_text = params.grammar;
            grammar_parsed = grammar_parser::parse(grammar_text.c_str());
        }
        if (!params.grammar.empty() && grammar_parsed.symbol_ids.count("root") == 0)
        {
            res.status = 400;
            res.set_content("{\\"error\\":\\"the grammar cannot be parsed or has no rule root\\"}", "application/json");
            return;
        }
`,
    },
    {
      what: 'decoding under the grammar, and the end of a loop',
      at: '            whisper_print_user_data user_data = { &params, &pcmf32s, 0 };\n',
      becomes: `            wparams.max_tokens       = params.max_tokens;
            std::vector<const whisper_grammar_element *> grammar_rules;
            if (!params.grammar.empty())
            {
                grammar_rules            = grammar_parsed.c_rules();
                wparams.grammar_rules    = grammar_rules.data();
                wparams.n_grammar_rules  = grammar_rules.size();
                wparams.i_start_rule     = grammar_parsed.symbol_ids.at("root");
                wparams.grammar_penalty  = params.grammar_penalty;
            }

            whisper_print_user_data user_data = { &params, &pcmf32s, 0 };
`,
    },
    {
      what: 'the other sentences that the grammar left',
      at: `            const int n_segments = whisper_full_n_segments(ctx);
            for (int i = 0; i < n_segments; ++i)
            {
                json segment = json{
`,
      becomes: `            const int n_segments = whisper_full_n_segments(ctx);
            for (int i = 0; i < whisper_full_n_alternatives(ctx); ++i)
            {
                float logprob = 0;
                int tokens = 0;
                const std::string text = whisper_full_get_alternative(ctx, i, &logprob, &tokens);
                jres["alternatives"].push_back(json{{"text", text}, {"logprob", logprob}, {"logprob_tokens", tokens}});
            }
            for (int i = 0; i < n_segments; ++i)
            {
                json segment = json{
`,
    },
    {
      what: 'how likely the text is, its end included',
      at: '                segment["temperature"] = params.temperature;\n',
      becomes: `                float text_logprob = 0;
                int text_tokens = 0;
                for (int j = 0; j < n_tokens; ++j) {
                    const whisper_token_data token = whisper_full_get_token_data(ctx, i, j);
                    if (token.id > whisper_token_eot(ctx)) {
                        continue;
                    }
                    text_logprob += token.plog;
                    text_tokens++;
                }
                segment["logprob"] = text_logprob;
                segment["logprob_tokens"] = text_tokens;
                segment["temperature"] = params.temperature;
`,
    },
  ],
};

const folder = process.argv[2];
if (!folder) throw new Error('usage: whisper-grammar.js SOURCE_FOLDER');
for (const [file, edits] of Object.entries(EDITS)) {
  const path = join(folder, file);
  let text = readFileSync(path, 'utf8');
  for (const { what, at, becomes } of edits) {
    const pieces = text.split(at);
    if (pieces.length !== 2) {
      process.stderr.write(
        `error: ${file}: the place for ${what} is there ${pieces.length - 1} times, expected once.\n`,
      );
      process.exit(1);
    }
    text = pieces.join(becomes);
  }
  writeFileSync(path, text);
}
